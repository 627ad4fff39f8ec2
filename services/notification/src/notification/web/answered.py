"""What a server answered over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MOST_READ_OCTETS: Final = 16_384
# A gateway never heard whether it was done (RFC 9110 §15.6.5).
GATEWAY_TIMEOUT: Final = 504


@dataclass(frozen=True, slots=True)
class Answered:
    """A status, headers by their names in small letters, and the beginning of the body.

    An answer that `broke_off` may lack more of its body than we would have read.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    broke_off: bool = False
