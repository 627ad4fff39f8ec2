"""What lies outside the database: the file of checkpoints, and the key that signs them."""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.checkpoint import SigningKey, VerifierKey, notes_in

OURS_ALONE = 0o600
FOR_ALL_TO_READ = 0o644
END = "\n"
WHOLE = b"\n\n"


class KeyGone(Exception):  # noqa: N818 - a fact about the files
    """The ledger was signed before, and the key that signed it is not there or another one."""


class CheckpointFile:
    """Notes, one after the other, each followed by an empty line; only ever added to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def notes(self) -> Sequence[str]:
        """Return all notes in the order they were written."""
        return await asyncio.to_thread(read_notes, self._path)

    async def write(self, note: str) -> None:
        """Add a note and wait for the disk; one that a crash tore is completed, not repeated."""
        await asyncio.to_thread(self._write, note)

    def _write(self, note: str) -> None:
        wanted = (note + END).encode()
        _append(self._path, _still_missing(_end_of(self._path, len(wanted)), wanted), OURS_ALONE)


def read_notes(path: Path) -> list[str]:
    """Return the notes in a file; a file that is not there has none."""
    if not path.exists():
        return []
    return notes_in(path.read_bytes().decode(errors="backslashreplace"))


def own_key(private: Path, public: Path, name: str) -> SigningKey:
    """Return the key of this ledger; on the very first start, make it.

    Where a public half lies there was a key: `KeyGone` says what to restore. The notary refuses
    to go on from checkpoints of another key.
    """
    if not private.exists():
        if public.exists():
            raise KeyGone(f"{private} is gone: restore it, the ledger was signed with it")
        _make_key(private)
    key = SigningKey(name, Ed25519PrivateKey.from_private_bytes(_seed(private)))
    if not public.exists():
        _append(public, f"{key.verifier}{END}".encode(), FOR_ALL_TO_READ)
    if VerifierKey.of(public.read_text()) != key.verifier:
        raise KeyGone(f"{private} is not the key whose public half is in {public}")
    return key


def _make_key(private: Path) -> None:
    """Write a new seed, readable to its owner only."""
    private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _append(
        private, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode() + b"\n", OURS_ALONE
    )


def _seed(private: Path) -> bytes:
    """Read the seed; a key that others may read is refused."""
    if private.stat().st_mode & 0o077:
        raise KeyGone(f"{private} may be read by others: chmod 600 {private}, and ask who did")
    return bytes.fromhex(private.read_text().strip())


def _append(path: Path, added: bytes, mode: int) -> None:
    """Add bytes to a file and wait until they are on the disk, the file's name included."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(path, "ab", opener=partial(os.open, mode=mode)) as file:
        file.write(added)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _end_of(path: Path, length: int) -> bytes:
    """Return the last bytes of a file, at most `length` and the empty line before them."""
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - length - len(WHOLE)))
        return file.read()


def _still_missing(end: bytes, wanted: bytes) -> bytes:
    """Return what of `wanted` a crash kept from the end of the file; foreign scraps are fenced."""
    for length in range(len(wanted), 0, -1):
        if end.endswith(wanted[:length]):
            return wanted[length:]
    return wanted if not end or end.endswith(WHOLE) else WHOLE + wanted
