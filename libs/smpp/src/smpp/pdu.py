"""The PDUs of SMPP 3.4 as values, and how they are written to and read from the wire."""

from dataclasses import dataclass, field, fields
from operator import attrgetter
from struct import Struct
from typing import TYPE_CHECKING, Any, ClassVar, Self

from smpp.codes import BindType, CommandId, CommandStatus, EsmClass
from smpp.errors import MalformedPduError
from smpp.layout import Layout
from smpp.tlv import Tag, Tlv, decode_tlvs, encode_tlvs

HEADER = Struct(">IIII")
LARGEST_SHORT_MESSAGE = 254

ADDRESSES = (
    ("service_type", 6, ("source_addr_ton", "source_addr_npi")),
    ("source_addr", 21, ("dest_addr_ton", "dest_addr_npi")),
)


class Pdu:
    """A request or response; what its header says beside command_id is not part of its value."""

    __slots__ = ()
    command_id: ClassVar[CommandId]

    if TYPE_CHECKING:

        def __init__(self, *values: Any) -> None: ...

    def encode_body(self) -> bytes:
        """Write what follows the header; raise ValueError, naming the field, if it cannot be."""
        return b""

    @classmethod
    def decode_body(cls, octets: bytes) -> Self:
        """Read what follows the header; raise MalformedPduError."""
        del octets
        return cls()


@dataclass(frozen=True, slots=True)
class GenericNack(Pdu):
    """The answer to a PDU that could not be understood (SMPP 3.4 §4.3)."""

    command_id = CommandId.GENERIC_NACK


@dataclass(frozen=True, slots=True)
class Unbind(Pdu):
    """The wish to end a session (SMPP 3.4 §4.2.1)."""

    command_id = CommandId.UNBIND


@dataclass(frozen=True, slots=True)
class UnbindResp(Pdu):
    """The consent to end a session (SMPP 3.4 §4.2.2)."""

    command_id = CommandId.UNBIND_RESP


@dataclass(frozen=True, slots=True)
class EnquireLink(Pdu):
    """The question whether the peer is still there (SMPP 3.4 §4.11.1)."""

    command_id = CommandId.ENQUIRE_LINK


@dataclass(frozen=True, slots=True)
class EnquireLinkResp(Pdu):
    """The word that we are still there (SMPP 3.4 §4.11.2)."""

    command_id = CommandId.ENQUIRE_LINK_RESP


@dataclass(frozen=True, slots=True)
class Bind(Pdu):
    """What all three bind requests carry (SMPP 3.4 §4.1.1)."""

    system_id: str
    password: str = field(default="", repr=False)
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""

    bind_type: ClassVar[BindType]
    layout: ClassVar[Layout] = Layout(
        ("system_id", 16, ()),
        ("password", 9, ()),
        ("system_type", 13, ("interface_version", "addr_ton", "addr_npi")),
        ("address_range", 41, ()),
    )

    def encode_body(self) -> bytes:
        """Write what follows the header; raise ValueError, naming the field, if it cannot be."""
        return self.layout.encode(self)

    @classmethod
    def decode_body(cls, octets: bytes) -> Self:
        """Read what follows the header; raise MalformedPduError."""
        values, _ = cls.layout.decode(octets)
        return cls(*values)


@dataclass(frozen=True, slots=True)
class BindTransmitter(Bind):
    """The wish to send messages (SMPP 3.4 §4.1.1)."""

    command_id = CommandId.BIND_TRANSMITTER
    bind_type = BindType.TRANSMITTER


@dataclass(frozen=True, slots=True)
class BindReceiver(Bind):
    """The wish to receive messages (SMPP 3.4 §4.1.3)."""

    command_id = CommandId.BIND_RECEIVER
    bind_type = BindType.RECEIVER


@dataclass(frozen=True, slots=True)
class BindTransceiver(Bind):
    """The wish to do both in one session (SMPP 3.4 §4.1.5)."""

    command_id = CommandId.BIND_TRANSCEIVER
    bind_type = BindType.TRANSCEIVER


class WithTlvs(Pdu):
    """A PDU that ends in optional parameters."""

    __slots__ = ()
    layout: ClassVar[Layout]
    tlvs: tuple[Tlv, ...]

    def tlv(self, tag: int) -> bytes | None:
        """Return the value of the first optional parameter with that tag."""
        return next((value for each, value in self.tlvs if each == tag), None)

    def encode_body(self) -> bytes:
        """Write what follows the header; raise ValueError, naming the field, if it cannot be."""
        return self.layout.encode(self) + encode_tlvs(self.tlvs)

    @classmethod
    def decode_body(cls, octets: bytes) -> Self:
        """Read what follows the header; raise MalformedPduError."""
        values, at = cls.layout.decode(octets)
        return cls(*values, decode_tlvs(octets, at))


class Named(WithTlvs):
    """A response with one name in it; peers that leave the body out are understood."""

    __slots__ = ()

    @classmethod
    def decode_body(cls, octets: bytes) -> Self:
        """Read what follows the header; raise MalformedPduError."""
        values, at = cls.layout.decode(octets or b"\0")
        return cls(*values, decode_tlvs(octets, at))


@dataclass(frozen=True, slots=True)
class BindResp(Named):
    """What all three bind responses carry (SMPP 3.4 §4.1.2)."""

    system_id: str = ""
    tlvs: tuple[Tlv, ...] = ()
    layout: ClassVar[Layout] = Layout(("system_id", 16, ()))


@dataclass(frozen=True, slots=True)
class BindTransmitterResp(BindResp):
    """The SMSC's answer to bind_transmitter (SMPP 3.4 §4.1.2)."""

    command_id = CommandId.BIND_TRANSMITTER_RESP


@dataclass(frozen=True, slots=True)
class BindReceiverResp(BindResp):
    """The SMSC's answer to bind_receiver (SMPP 3.4 §4.1.4)."""

    command_id = CommandId.BIND_RECEIVER_RESP


@dataclass(frozen=True, slots=True)
class BindTransceiverResp(BindResp):
    """The SMSC's answer to bind_transceiver (SMPP 3.4 §4.1.6)."""

    command_id = CommandId.BIND_TRANSCEIVER_RESP


@dataclass(frozen=True, slots=True)
class MessageResp(Named):
    """What the answers to messages carry: the SMSC's name for the message, ≤ 64 octets."""

    message_id: str = ""
    tlvs: tuple[Tlv, ...] = ()
    layout: ClassVar[Layout] = Layout(("message_id", 65, ()))


@dataclass(frozen=True, slots=True)
class SubmitSmResp(MessageResp):
    """The answer to submit_sm (SMPP 3.4 §4.4.2)."""

    command_id = CommandId.SUBMIT_SM_RESP


@dataclass(frozen=True, slots=True)
class DeliverSmResp(MessageResp):
    """The answer to deliver_sm; its message_id is unused (SMPP 3.4 §4.6.2)."""

    command_id = CommandId.DELIVER_SM_RESP


@dataclass(frozen=True, slots=True)
class DataSmResp(MessageResp):
    """The answer to data_sm (SMPP 3.4 §4.7.2)."""

    command_id = CommandId.DATA_SM_RESP


@dataclass(frozen=True, slots=True)
class ShortMessage(WithTlvs):
    """What submit_sm and deliver_sm share (SMPP 3.4 §4.4.1, §4.6.1).

    Addresses hold at most 20 octets, `short_message` at most 254; longer payloads go into the
    optional parameter message_payload. Times are written as in §7.1.1 (see `smpp.times`).
    """

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: tuple[Tlv, ...] = ()

    layout: ClassVar[Layout] = Layout(
        *ADDRESSES,
        ("destination_addr", 21, ("esm_class", "protocol_id", "priority_flag")),
        ("schedule_delivery_time", 17, ()),
        (
            "validity_period",
            17,
            (
                "registered_delivery",
                "replace_if_present_flag",
                "data_coding",
                "sm_default_msg_id",
            ),
        ),
    )

    @property
    def payload(self) -> bytes:
        """Return the user data, wherever it travels: short_message or message_payload."""
        return self.short_message or self.tlv(Tag.MESSAGE_PAYLOAD) or b""

    @property
    def is_receipt(self) -> bool:
        """Tell whether this is an SMSC delivery receipt or intermediate notification."""
        kinds = EsmClass.DELIVERY_RECEIPT | EsmClass.INTERMEDIATE_NOTIFICATION
        return bool(self.esm_class & kinds)

    def to(self, destination_addr: str) -> Self:
        """Return the same message to somebody else, sooner than `dataclasses.replace` does."""
        values: list[Any] = [*_BEFORE(self), destination_addr, *_AFTER(self)]
        return type(self)(*values)

    def encode_body(self) -> bytes:
        """Write what follows the header; raise ValueError, naming the field, if it cannot be."""
        text = self.short_message
        if len(text) > LARGEST_SHORT_MESSAGE:
            raise ValueError("short_message takes at most 254 octets; use message_payload")
        tlvs = encode_tlvs(self.tlvs) if self.tlvs else b""
        return b"%b%c%b%b" % (self.layout.encode(self), len(text), text, tlvs)

    @classmethod
    def decode_body(cls, octets: bytes) -> Self:
        """Read what follows the header; raise MalformedPduError."""
        values, at = cls.layout.decode(octets)
        end = at + 1 + octets[at] if at < len(octets) else at + 1
        if end > len(octets):
            reason = "sm_length is longer than the PDU"
            raise MalformedPduError(reason, CommandStatus.ESME_RINVMSGLEN)
        tlvs = decode_tlvs(octets, end) if end < len(octets) else ()
        values += (octets[at + 1 : end], tlvs)
        return cls(*values)


_NAMES = [each.name for each in fields(ShortMessage)]
_DESTINATION = _NAMES.index("destination_addr")
_BEFORE = attrgetter(*_NAMES[:_DESTINATION])
_AFTER = attrgetter(*_NAMES[_DESTINATION + 1 :])


@dataclass(frozen=True, slots=True)
class SubmitSm(ShortMessage):
    """A message from an ESME (SMPP 3.4 §4.4.1)."""

    command_id = CommandId.SUBMIT_SM


@dataclass(frozen=True, slots=True)
class DeliverSm(ShortMessage):
    """A message or a receipt from the SMSC (SMPP 3.4 §4.6.1)."""

    command_id = CommandId.DELIVER_SM


@dataclass(frozen=True, slots=True)
class DataSm(WithTlvs):
    """A message either way, its payload in message_payload (SMPP 3.4 §4.7.1)."""

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0
    tlvs: tuple[Tlv, ...] = ()

    command_id = CommandId.DATA_SM
    layout: ClassVar[Layout] = Layout(
        ("service_type", 6, ("source_addr_ton", "source_addr_npi")),
        ("source_addr", 65, ("dest_addr_ton", "dest_addr_npi")),
        ("destination_addr", 65, ("esm_class", "registered_delivery", "data_coding")),
    )

    @property
    def payload(self) -> bytes:
        """Return the user data."""
        return self.tlv(Tag.MESSAGE_PAYLOAD) or b""

    @property
    def is_receipt(self) -> bool:
        """Tell whether this is an SMSC delivery receipt or intermediate notification."""
        kinds = EsmClass.DELIVERY_RECEIPT | EsmClass.INTERMEDIATE_NOTIFICATION
        return bool(self.esm_class & kinds)


REQUESTS: dict[int, type[Pdu]] = {
    kind.command_id: kind
    for kind in (BindTransmitter, BindReceiver, BindTransceiver, SubmitSm, DeliverSm, DataSm)
}
RESPONSES: dict[int, type[Pdu]] = {
    kind.command_id: kind
    for kind in (
        BindTransmitterResp,
        BindReceiverResp,
        BindTransceiverResp,
        SubmitSmResp,
        DeliverSmResp,
        DataSmResp,
        EnquireLinkResp,
        UnbindResp,
    )
}


def encode(pdu: Pdu, sequence_number: int, command_status: int = 0) -> bytes:
    """Write a whole PDU; a response that refuses carries no body (SMPP 3.4 §4.4.2)."""
    body = b"" if command_status else pdu.encode_body()
    return encode_header(pdu.command_id, sequence_number, command_status, len(body)) + body


def encode_header(
    command_id: int, sequence_number: int, command_status: int = 0, body_octets: int = 0
) -> bytes:
    """Write the header of a PDU whose body has that many octets (SMPP 3.4 §3.2)."""
    return HEADER.pack(HEADER.size + body_octets, command_id, command_status, sequence_number)
