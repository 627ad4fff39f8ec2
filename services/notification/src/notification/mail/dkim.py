"""DKIM signatures, by which a reader's server knows that a mail is ours (RFC 6376, RFC 8463).

What is signed with RSA or Ed25519 is relaxed on both sides, so that servers may fold lines anew.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from notification.mail.octets import ended

SHORTEST_RSA_BITS: Final = 2048
LINE_LETTERS: Final = 72
CACHED_TEXTS: Final = 32
SIGNED: Final = frozenset(
    (
        "from", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to",
        "references", "mime-version", "content-type", "content-transfer-encoding",
        "content-language", "auto-submitted", "importance", "list-id", "list-unsubscribe",
        "list-unsubscribe-post", "kentongan-alert",
    )
)  # fmt: skip
# Named once more than they occur: whoever adds a second one breaks the signature (§5.4.2, §8.15).
OVERSIGNED: Final = ("from", "reply-to", "to", "subject", "date", "list-unsubscribe")
FOLD: Final = re.compile(rb"\r\n(?=[ \t])")
HEADER_END: Final = re.compile(rb"\r\n(?![ \t])")
BLANKS: Final = re.compile(rb"[ \t]+")
NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key, and where its public half stands: `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey

    @property
    def algorithm(self) -> str:
        """Return the algorithm as `a=` and `k=` name it."""
        return "rsa" if isinstance(self.key, RSAPrivateKey) else "ed25519"

    @property
    def name(self) -> str:
        """Return the name in DNS that the record stands under."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """Return what the TXT record in the domain says."""
        public, form = self.key.public_key(), PublicFormat.SubjectPublicKeyInfo
        if self.algorithm == "ed25519":
            octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            octets = public.public_bytes(Encoding.DER, form)
        return f"v=DKIM1; k={self.algorithm}; p={b64encode(octets).decode()}"

    def sign(self, octets: bytes) -> bytes:
        """Sign octets."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(octets, PKCS1v15(), SHA256())
        return self.key.sign(sha256(octets).digest())


def dkim_key(pem: bytes, domain: str, selector: str) -> DkimKey:
    """Read a key file; raise ValueError for one that is no key or a weak one."""
    if not (NAME.fullmatch(domain) and NAME.fullmatch(selector)):
        raise ValueError("the domain or the selector of a DKIM key is no name")
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise ValueError("a DKIM key is a private key in PEM, without a password") from error
    if isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST_RSA_BITS:
        return DkimKey(domain, selector, key)
    if isinstance(key, Ed25519PrivateKey):
        return DkimKey(domain, selector, key)
    raise ValueError(f"a DKIM key is RSA with {SHORTEST_RSA_BITS} bits or more, or Ed25519")


def signed(keys: Sequence[DkimKey], head: bytes, rest: bytes, now: datetime) -> bytes:
    """Return the head of a mail with a signature by each key before it.

    The head is whole lines; what is read of the rest is remembered for the mails that share it.
    """
    headers, body_hash = _read(rest)
    headers = _headers(ended(head)) + headers
    names, octets = _signed_headers(headers)
    said = [_signature(key, names, octets, (body_hash, int(now.timestamp()))) for key in keys]
    return b"".join(said) + head


def relaxed_header(line: bytes) -> tuple[str, bytes]:
    """Return a header's name and its canonical line (§3.4.2)."""
    name, _, value = line.partition(b":")
    plain = BLANKS.sub(b" ", FOLD.sub(b"", value)).strip(b" ")
    lower = name.strip(b" \t").lower()
    return lower.decode("latin-1"), lower + b":" + plain


def relaxed_body(body: bytes) -> bytes:
    """Return the canonical form of a body in whole lines (§3.4.4)."""
    lines = (line.rstrip(b" \t") for line in body.split(b"\r\n"))
    kept = BLANKS.sub(b" ", b"\r\n".join(lines)).rstrip(b"\r\n")
    return kept + b"\r\n" if kept else b""


@lru_cache(CACHED_TEXTS)
def _read(rest: bytes) -> tuple[Headers, str]:
    block, _, body = ended(rest).partition(b"\r\n\r\n")
    digest = sha256(relaxed_body(body)).digest()
    return _headers(block), b64encode(digest).decode()


def _headers(block: bytes) -> Headers:
    lines = (line for line in HEADER_END.split(block) if line)
    read = (relaxed_header(line) for line in lines)
    return tuple((name, line) for name, line in read if name in SIGNED)


def _signed_headers(headers: Headers) -> tuple[tuple[str, ...], bytes]:
    """Name what is signed, the last of each name first, and return it (§5.4.2)."""
    lowest_first = headers[::-1]
    names = (*(name for name, _ in lowest_first), *OVERSIGNED)
    return names, b"".join(line + b"\r\n" for _, line in lowest_first)


def _signature(key: DkimKey, names: tuple[str, ...], octets: bytes, what: tuple[str, int]) -> bytes:
    body_hash, seconds = what
    unsigned = (
        f"DKIM-Signature: v=1; a={key.algorithm}-sha256; c=relaxed/relaxed; d={key.domain};\r\n"
        f" s={key.selector}; t={seconds};\r\n{_listed(names)};\r\n bh={body_hash};\r\n b="
    ).encode()
    signature = b64encode(key.sign(octets + relaxed_header(unsigned)[1])).decode()
    return unsigned + _folded(signature).encode() + b"\r\n"


@lru_cache(CACHED_TEXTS)
def _listed(names: tuple[str, ...]) -> str:
    """Return `h=` on lines that are not too long."""
    lines, line = [], " h="
    for name in names:
        if len(line) + len(name) > LINE_LETTERS:
            lines.append(line)
            line = "  "
        line += f"{name}:"
    return "\r\n".join([*lines, line]).removesuffix(":")


def _folded(signature: str) -> str:
    parts = range(0, len(signature), LINE_LETTERS)
    return "\r\n ".join(signature[at : at + LINE_LETTERS] for at in parts)
