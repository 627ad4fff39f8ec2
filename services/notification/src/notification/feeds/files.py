"""Files that are replaced together: a reader sees the old one or the new one, never a part."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

FOLDER_MODE: Final = 0o755
FILE_MODE: Final = 0o644


class PartlyShown(Exception):  # noqa: N818 - a fact about the files
    """Some of the files are in their places, or may be, and the others are not."""


class Writing:
    """Files on their way: each is on disk, under a name of its own, before the first is shown."""

    def __init__(self) -> None:
        self._ready: list[tuple[Path, Path]] = []
        self._folders: dict[Path, None] = {}

    def add(self, file: Path, content: bytes, at: datetime) -> None:
        """Write what is to be in a file, unless that is what is in it; raise OSError."""
        self._folders[file.parent] = None
        if _holds(file, content):
            return
        partial = file.with_name(f".{len(self._ready)}.partial")
        self._ready.append((partial, file))
        second = int(at.timestamp())
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as opened:
            os.fchmod(descriptor, FILE_MODE)
            opened.write(content)
            opened.flush()
            os.utime(descriptor, (second, second))
            os.fsync(descriptor)

    def show(self) -> None:
        """Put each in its place; raise OSError where nothing is shown, else PartlyShown."""
        left = len(self._ready)
        try:
            for partial, file in self._ready:
                partial.rename(file)
                left -= 1
            for folder in self._folders:
                keep(folder)
        except OSError as failure:
            if self._ready and left == len(self._ready):
                raise
            raise PartlyShown(str(failure)) from failure

    def leave(self) -> None:
        """Take away what was not shown."""
        for partial, _ in self._ready:
            with suppress(OSError):
                partial.unlink(missing_ok=True)


@contextmanager
def writing() -> Iterator[Writing]:
    """Hold files on their way, and take away what is not shown in the end."""
    files = Writing()
    try:
        yield files
    finally:
        files.leave()


def make(folder: Path) -> None:
    """Make a folder that everybody may read, in one that is there; raise OSError."""
    try:
        folder.mkdir()
    except FileExistsError:
        return
    folder.chmod(FOLDER_MODE)
    keep(folder.parent)


def keep(folder: Path) -> None:
    """Have the disk keep the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _holds(file: Path, content: bytes) -> bool:
    try:
        return file.read_bytes() == content
    except OSError:
        return False
