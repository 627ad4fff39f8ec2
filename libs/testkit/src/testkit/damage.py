"""What happens to disks: one is filled to the last octet by somebody else, or a bit turns over."""

import errno
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final

BLOCKS: Final = (1 << 20, 1 << 12, 1)
AGAIN_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Flipped:
    """A bit that was turned over."""

    file: Path
    octet: int
    of: int
    bit: int

    def __str__(self) -> str:
        stream = self.file.parent.parent.name
        return f"bit {self.bit} of octet {self.octet} of {self.of} of {stream}/{self.file.name}"


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Keep the disk of a folder full with a file of somebody else, until the block ends."""
    file, enough = folder / "of-somebody-else", Event()
    with file.open("ab", buffering=0) as opened:
        _fill(opened.fileno())
        filler = Thread(target=_keep_full, args=(opened.fileno(), enough), name="filler")
        filler.start()
        try:
            yield
        finally:
            enough.set()
            filler.join()
            file.unlink()


def flip_a_bit(stream: Path, number: int) -> Flipped:
    """Turn over a bit in a block of a stream: which one is chosen by chance, by this number."""
    blocks = [file for file in stream.glob("msgs/*.blk") if file.stat().st_size]
    if not blocks:
        raise LookupError(f"{stream.name} has no block to damage")
    chance = random.Random(number)  # noqa: S311 - the same each time
    file = max(blocks, key=lambda each: int(each.stem))
    size = file.stat().st_size
    octet, bit = int(chance.random() * size), chance.randrange(8)
    with file.open("r+b", buffering=0) as opened:
        opened.seek(octet)
        was = opened.read(1)[0]
        opened.seek(octet)
        opened.write(bytes([was ^ 1 << bit]))
        os.fsync(opened.fileno())
    return Flipped(file, octet, size, bit)


def _keep_full(file: int, enough: Event) -> None:
    """Take whatever is let go of by others."""
    while not enough.wait(AGAIN_SECONDS):
        _fill(file)


def _fill(file: int) -> None:
    """Write until not one octet more goes in."""
    for size in BLOCKS:
        octets = bytes(size)
        try:
            while True:
                os.write(file, octets)
        except OSError as failure:
            if failure.errno != errno.ENOSPC:
                raise
