"""SMPP 3.4 for asyncio, both sides of a session: fast, windowed, useful on its own."""

from smpp.client import TRANSCEIVER, TRANSMITTER_AND_RECEIVER, Client, text_pdus
from smpp.codes import (
    BindType,
    CommandStatus,
    DataCoding,
    EsmClass,
    MessageState,
    NumberingPlan,
    RegisteredDelivery,
    TypeOfNumber,
)
from smpp.errors import (
    BindRefusedError,
    CommandRefusedError,
    MalformedPduError,
    NotConnectedError,
    PartlySubmittedError,
    ResponseTimeoutError,
    SmppError,
    ThrottledError,
    UnknownResultError,
    WindowFullError,
)
from smpp.link import Account, Backoff
from smpp.pdu import Bind, DataSm, DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp
from smpp.receipt import Receipt, receipt_date
from smpp.server import Server, ServerSettings, Smsc
from smpp.session import Session, SessionSettings
from smpp.text import (
    Concatenation,
    Encoding,
    SegmentedText,
    concatenation_of,
    decode_text,
    needed_encoding,
    segment_count,
    segment_text,
    split_user_data,
)
from smpp.times import absolute_time, parse_time, relative_time
from smpp.tlv import Tag, Tlv

__all__ = [
    "TRANSCEIVER",
    "TRANSMITTER_AND_RECEIVER",
    "Account",
    "Backoff",
    "Bind",
    "BindRefusedError",
    "BindType",
    "Client",
    "CommandRefusedError",
    "CommandStatus",
    "Concatenation",
    "DataCoding",
    "DataSm",
    "DeliverSm",
    "DeliverSmResp",
    "Encoding",
    "EsmClass",
    "MalformedPduError",
    "MessageState",
    "NotConnectedError",
    "NumberingPlan",
    "PartlySubmittedError",
    "Receipt",
    "RegisteredDelivery",
    "ResponseTimeoutError",
    "SegmentedText",
    "Server",
    "ServerSettings",
    "Session",
    "SessionSettings",
    "SmppError",
    "Smsc",
    "SubmitSm",
    "SubmitSmResp",
    "Tag",
    "ThrottledError",
    "Tlv",
    "TypeOfNumber",
    "UnknownResultError",
    "WindowFullError",
    "absolute_time",
    "concatenation_of",
    "decode_text",
    "needed_encoding",
    "parse_time",
    "receipt_date",
    "relative_time",
    "segment_count",
    "segment_text",
    "split_user_data",
    "text_pdus",
]
