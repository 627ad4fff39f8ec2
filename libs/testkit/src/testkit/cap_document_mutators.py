"""Ways to change a whole CAP document, as bytes: its beginning, its encoding, its end."""

from collections.abc import Callable
from random import Random

from common.cap.limits import MOST_BYTES

DocumentMutator = Callable[[bytes, Random], bytes]

_DOCTYPES = (
    b"<!DOCTYPE alert>",
    b'<!DOCTYPE alert SYSTEM "urn:x">',
    b'<!DOCTYPE alert [<!ENTITY e "wave">]>',
)


def as_it_is(content: bytes, _: Random) -> bytes:
    """Leave it."""
    return content


def doctype(content: bytes, dice: Random) -> bytes:
    """Put a DOCTYPE before the alert."""
    declaration, _, rest = content.partition(b"?>")
    return declaration + b"?>" + dice.choice(_DOCTYPES) + rest


def older_namespace(content: bytes, _: Random) -> bytes:
    """Call it CAP 1.1."""
    return content.replace(b"emergency:cap:1.2", b"emergency:cap:1.1")


def cut(content: bytes, dice: Random) -> bytes:
    """Lose the end."""
    return content[: dice.randrange(len(content))]


def one_byte(content: bytes, dice: Random) -> bytes:
    """Change one byte."""
    place = dice.randrange(len(content))
    return content[:place] + bytes([dice.randrange(256)]) + content[place + 1 :]


def other_encoding(content: bytes, dice: Random) -> bytes:
    """Write it in another encoding, and say so."""
    encoding = dice.choice(("utf-16", "us-ascii", "iso-8859-1"))
    text = content.decode().replace("utf-8", encoding, 1)
    return text.encode(encoding, "xmlcharrefreplace")


def entity(content: bytes, dice: Random) -> bytes:
    """Put a reference to an entity into a text."""
    reference = dice.choice((b"&amp;", b"&#65;", b"&wave;", b"&#0;"))
    return content.replace(b"</event>", reference + b"</event>", 1)


def too_long(content: bytes, _: Random) -> bytes:
    """Put so many blanks behind it that nobody should read it."""
    return content + b" " * (MOST_BYTES + 1 - len(content))


DOCUMENT_MUTATORS: tuple[DocumentMutator, ...] = (
    *[as_it_is] * 50,
    doctype,
    older_namespace,
    cut,
    one_byte,
    one_byte,
    other_encoding,
    other_encoding,
    entity,
    too_long,
)
