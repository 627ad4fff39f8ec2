"""The mandatory part of a PDU: C-octet strings, each followed by some single octets."""

from operator import attrgetter
from typing import Any

from smpp.codes import CommandStatus
from smpp.errors import MalformedPduError

CHARSET = "latin-1"

REFUSALS = {
    "system_id": CommandStatus.ESME_RINVSYSID,
    "password": CommandStatus.ESME_RINVPASWD,
    "system_type": CommandStatus.ESME_RINVSYSTYP,
    "service_type": CommandStatus.ESME_RINVSERTYP,
    "source_addr": CommandStatus.ESME_RINVSRCADR,
    "destination_addr": CommandStatus.ESME_RINVDSTADR,
    "schedule_delivery_time": CommandStatus.ESME_RINVSCHED,
    "validity_period": CommandStatus.ESME_RINVEXPIRY,
    "message_id": CommandStatus.ESME_RINVMSGID,
}


class Layout:
    """The order of fields, in groups: a C-octet string, its size with the NUL, octets after it."""

    def __init__(self, *groups: tuple[str, int, tuple[str, ...]]) -> None:
        self._strings = tuple((name, size) for name, size, _ in groups)
        self._groups = tuple((name, size, len(octets)) for name, size, octets in groups)
        self._template = "".join("%s\0" + "%c" * len(octets) for _, _, octets in groups)
        names = [each for name, _, octets in groups for each in (name, *octets)]
        self._values = attrgetter(*names) if len(names) > 1 else _alone(names[0])

    def encode(self, pdu: object) -> bytes:
        """Write the fields; raise ValueError, naming the field, if a value cannot be written.

        The value itself is not told: it may be somebody's number, and errors end up in logs.
        """
        for name, size in self._strings:
            value = getattr(pdu, name)
            if len(value) >= size or "\0" in value:
                raise ValueError(f"{name} takes at most {size - 1} octets without NUL")
        try:
            return (self._template % self._values(pdu)).encode(CHARSET)
        except (UnicodeEncodeError, OverflowError):
            raise ValueError("a field does not fit its octets") from None

    def decode(self, octets: bytes) -> tuple[list[Any], int]:
        """Read the fields; return their values and the index after them, or MalformedPduError."""
        values: list[Any] = []
        at = 0
        for name, size, following in self._groups:
            end = octets.find(0, at, at + size)
            if end < 0:
                raise MalformedPduError(f"{name} has no end", REFUSALS.get(name, _SHORT))
            values.append(octets[at:end].decode(CHARSET))
            at = end + 1 + following
            values += octets[end + 1 : at]
        if at > len(octets):
            raise MalformedPduError("the PDU ends before its fields do", _SHORT)
        return values, at


_SHORT = CommandStatus.ESME_RINVCMDLEN


def _alone(name: str) -> Any:
    value = attrgetter(name)
    return lambda pdu: (value(pdu),)
