"""Takes out of HTTP/2 what says that no more streams are taken: h2 hears nothing after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HEAD_OCTETS: Final = 9
LONGEST_FRAME_OCTETS: Final = 16_384
GOAWAY: Final = 7
LEAST_GOAWAY_OCTETS: Final = 8
STREAM_BITS: Final = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class GoAway:
    """Streams above the last are surely not taken; the others go on (RFC 9113 §6.8)."""

    last_stream: int


class Frames:
    """Cuts what comes in into whole frames (RFC 9113 §4.1)."""

    def __init__(self) -> None:
        self._left = bytearray()

    def cut(self, octets: bytes) -> Iterator[bytes | GoAway]:
        """Yield each whole frame, as it came or as what it says; keep the rest for later."""
        self._left += octets
        while (size := self._size()) is not None:
            frame = bytes(self._left[:size])
            del self._left[:size]
            yield _read(frame)

    def _size(self) -> int | None:
        """Return how long the next frame is, if all of it is here or it is too long to wait for."""
        if len(self._left) < HEAD_OCTETS:
            return None
        length = int.from_bytes(self._left[:3], "big")
        if length > LONGEST_FRAME_OCTETS:
            return len(self._left)
        return HEAD_OCTETS + length if len(self._left) >= HEAD_OCTETS + length else None


def _read(frame: bytes) -> bytes | GoAway:
    if frame[3] != GOAWAY or len(frame) < HEAD_OCTETS + LEAST_GOAWAY_OCTETS:
        return frame
    return GoAway(int.from_bytes(frame[HEAD_OCTETS : HEAD_OCTETS + 4], "big") & STREAM_BITS)
