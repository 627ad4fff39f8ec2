"""Optional parameters: a tag, a length, a value, at the end of a PDU (SMPP 3.4 §5.3)."""

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from smpp.codes import CommandStatus
from smpp.errors import MalformedPduError

HEAD = Struct(">HH")


class Tag(IntEnum):
    """The tags that this library speaks of (SMPP 3.4 §5.3.2); others travel as numbers."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    SC_INTERFACE_VERSION = 0x0210
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    DELIVERY_FAILURE_REASON = 0x0425
    MORE_MESSAGES_TO_SEND = 0x0426
    MESSAGE_STATE = 0x0427


class Tlv(NamedTuple):
    """One optional parameter; `value` is its octets as on the wire."""

    tag: int
    value: bytes


def encode_tlvs(tlvs: tuple[Tlv, ...]) -> bytes:
    """Write optional parameters in their order."""
    return b"".join([HEAD.pack(tag, len(value)) + value for tag, value in tlvs])


def decode_tlvs(octets: bytes, at: int) -> tuple[Tlv, ...]:
    """Read optional parameters from `at` to the end; raise MalformedPduError if one is cut off."""
    found: list[Tlv] = []
    size = len(octets)
    while at < size:
        if size - at < HEAD.size:
            raise _cut_off(at)
        tag, length = HEAD.unpack_from(octets, at)
        at += HEAD.size + length
        if at > size:
            raise _cut_off(at)
        found.append(Tlv(tag, octets[at - length : at]))
    return tuple(found)


def _cut_off(at: int) -> MalformedPduError:
    reason = f"an optional parameter is cut off at octet {at}"
    return MalformedPduError(reason, CommandStatus.ESME_RINVOPTPARSTREAM)
