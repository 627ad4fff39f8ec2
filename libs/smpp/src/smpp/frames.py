"""Cuts the stream of octets from a peer into PDUs (SMPP 3.4 §3.2)."""

from collections.abc import Iterator

from smpp.errors import MalformedPduError
from smpp.pdu import HEADER

Frame = tuple[int, int, int, bytes]


class Frames:
    """Keeps what is not yet a whole PDU; none may be longer than `largest_octets`."""

    def __init__(self, largest_octets: int) -> None:
        self._largest_octets = largest_octets
        self._rest = bytearray()

    def cut(self, data: bytes) -> Iterator[Frame]:
        """Yield command_id, command_status, sequence_number and body of each whole PDU.

        Raise MalformedPduError when a command_length cannot be one: nothing after it makes sense.
        """
        octets: bytes | bytearray = data
        if self._rest:
            self._rest += data
            octets = self._rest
        at, size = 0, len(octets)
        while size - at >= HEADER.size:
            length, command_id, status, number = HEADER.unpack_from(octets, at)
            if not HEADER.size <= length <= self._largest_octets:
                raise MalformedPduError(f"a PDU says that it has {length} octets")
            if length > size - at:
                break
            yield command_id, status, number, bytes(octets[at + HEADER.size : at + length])
            at += length
        if octets is self._rest:
            del self._rest[:at]
        else:
            self._rest += octets[at:]
