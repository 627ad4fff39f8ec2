"""What the village of a fault stands on, where that is not any folder and the machine's clock."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, NoReturn

DISK_MEBIBYTES: Final = 256
WITNESS: Final = "witness"
CLOCK_FILE: Final = "clock"
RIGHT: Final = "+0"
FAKETIME: Final = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)

Environment = Mapping[str, str]
Ground = Callable[[Path], AbstractContextManager[Environment]]


class NoGround(Exception):  # noqa: N818 - a fact about the machine
    """This machine lacks what the village of a fault would stand on."""


@contextmanager
def as_usual(_: Path) -> Iterator[Environment]:
    """Leave the folder and the environment of a village as they are."""
    yield {}


@contextmanager
def small_disk(folder: Path) -> Iterator[Environment]:
    """Mount a small disk of its own there; at the end what it held is copied from it.

    What the providers received lies elsewhere: they are others, with disks of their own.
    """
    if os.geteuid():
        raise NoGround("it mounts a disk of its own, for which one must be root")
    witness = folder.parent / f"{folder.name}-{WITNESS}"
    witness.mkdir()
    size = f"size={DISK_MEBIBYTES}m,mode=700"
    _run("mount", "-t", "tmpfs", "-o", size, "kentongan-chaos", str(folder))
    (folder / "home").mkdir()
    (folder / "home" / "sandbox").symlink_to(witness)
    try:
        yield {}
    finally:
        _leave(folder, witness)


@contextmanager
def clock_of_its_own(folder: Path) -> Iterator[Environment]:
    """Yield the environment of processes whose wall clock goes by a file (see `clock_file`).

    Their monotonic clock and the times of files stay the machine's: a step of the wall clock does
    not move those.
    """
    library = next((each for each in FAKETIME if Path(each).exists()), None)
    if library is None:
        raise NoGround("it preloads libfaketime, of the Debian package `faketime`, which is absent")
    file = clock_file(folder)
    set_clock(file, RIGHT)
    yield {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",
        "NO_FAKE_STAT": "1",
    }


def clock_file(folder: Path) -> Path:
    """Return the file that says how wrong the clock of a village is."""
    return folder / CLOCK_FILE


def set_clock(file: Path, offset: str) -> None:
    """Say how wrong a clock is, as `+600` seconds; nobody reads half of it."""
    partial = file.with_suffix(".partial")
    partial.write_text(f"{offset}\n")
    partial.replace(file)


def _leave(folder: Path, witness: Path) -> None:
    """Unmount a disk, and put what it held in its place."""
    kept = folder.parent / f"{folder.name}-kept"
    shutil.copytree(folder, kept, symlinks=True)
    _run("umount", str(folder))
    shutil.copytree(kept, folder, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(kept)
    (folder / "home" / "sandbox").unlink()
    witness.rename(folder / "home" / "sandbox")


def _run(*words: str) -> None:
    """Run a command of the machine."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        _refuse(done.stderr)


def _refuse(said: str) -> NoReturn:
    """Say why there is no such ground."""
    raise NoGround(said.strip())
