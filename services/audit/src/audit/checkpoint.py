"""Signed states of the ledger, in the C2SP forms tlog-checkpoint and signed-note."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM: Final = b"\x01"
SIGNATURE_MARK: Final = "\u2014 "
PREVIOUS: Final = "previous "
SIGNED_AT: Final = "signed-at "


class NotACheckpoint(ValueError):  # noqa: N818 - a fact about a text
    """A text is no signed checkpoint, and this is why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger had `size` entries under `root`; `previous` is the digest of the note before."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime
    previous: str = ""

    def text(self) -> str:
        """Return what is signed: origin, size, root, and our two lines behind them."""
        lines = [self.origin, str(self.size), _base64(self.root)]
        if self.previous:
            lines.append(PREVIOUS + self.previous)
        lines.append(SIGNED_AT + self.signed_at.isoformat())
        return "\n".join(lines) + "\n"

    @classmethod
    def of(cls, text: str) -> Self:
        """Read the signed text; `NotACheckpoint` says what is wrong with it."""
        origin, size, root, *extensions = text.removesuffix("\n").split("\n") + [""] * 3
        named = dict(line.split(" ", 1) for line in extensions if " " in line)
        try:
            read = cls(
                origin=origin,
                size=int(size),
                root=base64.b64decode(root, validate=True),
                signed_at=datetime.fromisoformat(named[SIGNED_AT.strip()]),
                previous=named.get(PREVIOUS.strip(), ""),
            )
        except (ValueError, KeyError) as wrong:
            raise NotACheckpoint(f"this is no checkpoint of ours ({wrong})") from wrong
        if read.text() != text:
            raise NotACheckpoint("this checkpoint is not written as we write them")
        return read


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a ledger's key, with its name: enough to check, not to sign."""

    name: str
    public: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(ALGORITHM + self.public)}"

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that lead a signature to its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ALGORITHM + self.public).digest()[:4]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read `name+id+key`; what is none is a `ValueError`."""
        name, key_id, encoded = text.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        read = cls(name, key[1:])
        if key[:1] != ALGORITHM or read.key_id.hex() != key_id:
            raise ValueError(f"{name} is no Ed25519 verifier key")
        return read

    def read(self, note: str) -> str:
        """Return the text of a signed note, or raise `NotACheckpoint` unless we signed it."""
        text, split, signatures = note.rpartition("\n\n")
        if not split or not signatures.endswith("\n"):
            raise NotACheckpoint("there is no signature")
        text += "\n"
        lines = signatures.removesuffix("\n").split("\n")
        if not any(self._signed(text, line) for line in lines):
            raise NotACheckpoint(f"it is not signed by {self.name} ({self.key_id.hex()})")
        return text

    def _signed(self, text: str, line: str) -> bool:
        """Say whether this line is our signature under the text."""
        mark, _, encoded = line.rpartition(" ")
        try:
            signature = base64.b64decode(encoded, validate=True)
            if (mark, encoded) != (SIGNATURE_MARK + self.name, _base64(signature)):
                return False
            if signature[:4] != self.key_id:
                return False
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature[4:], text.encode())
        except (binascii.Error, ValueError, InvalidSignature):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A ledger's key; it never leaves its file and this process."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """Return the public half."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Return the text as a signed note."""
        signature = self.verifier.key_id + self.private.sign(text.encode())
        return f"{text}\n{SIGNATURE_MARK}{self.name} {_base64(signature)}\n"


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint with the note that carries it."""

    checkpoint: Checkpoint
    note: str

    @property
    def digest(self) -> str:
        """Return what the next checkpoint calls this one."""
        return _base64(hashlib.sha256(self.note.encode()).digest())

    @classmethod
    def by(cls, key: SigningKey, checkpoint: Checkpoint) -> Self:
        """Sign a checkpoint."""
        return cls(checkpoint, key.sign(checkpoint.text()))

    @classmethod
    def of(cls, note: str, key: VerifierKey) -> Self:
        """Read a note that this key signed; anything else is `NotACheckpoint`."""
        return cls(Checkpoint.of(key.read(note)), note)


def notes_in(text: str) -> list[str]:
    """Cut a file of notes, each followed by an empty line, into its notes.

    What has lost its signature, and a torn end, count as notes too: nothing in the file is hidden.
    """
    notes, unsigned = [], ""
    blocks = (block.strip("\n") for block in text.split("\n\n"))
    for block in (f"{block}\n" for block in blocks if block):
        if block.startswith(SIGNATURE_MARK):
            notes.append(f"{unsigned}\n{block}")
            unsigned = ""
        else:
            notes.extend([unsigned] if unsigned else [])
            unsigned = block
    return [*notes, unsigned] if unsigned else notes


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
