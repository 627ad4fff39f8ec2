"""Delivery receipts: what an SMSC says later about a message it took (SMPP 3.4 Appendix B)."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Self

from smpp.codes import DataCoding, EsmClass, MessageState
from smpp.pdu import DataSm, DeliverSm
from smpp.text import decode_text, split_user_data
from smpp.tlv import Tag, Tlv

STATES = {
    "ENROUTE": MessageState.ENROUTE,
    "DELIVRD": MessageState.DELIVERED,
    "EXPIRED": MessageState.EXPIRED,
    "DELETED": MessageState.DELETED,
    "UNDELIV": MessageState.UNDELIVERABLE,
    "ACCEPTD": MessageState.ACCEPTED,
    "UNKNOWN": MessageState.UNKNOWN,
    "REJECTD": MessageState.REJECTED,
}
STATE_WORDS = {state: word for word, state in STATES.items()}
KEYS = ("id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text")

_FIELD = re.compile(
    r"(?<!\S)(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text):\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says.

    `message_id` is the one of submit_sm_resp, or "" if the receipt names none; `dlvrd` and the
    other words are the specification's. Dates are as written (YYMMDDhhmm or YYMMDDhhmmss, in the
    SMSC's own zone); `receipt_date` reads them. `message_state` is UNKNOWN if `stat` is no word of
    Appendix B and there is no message_state parameter.
    """

    message_id: str
    message_state: MessageState
    sub: str = "001"
    dlvrd: str = "000"
    submit_date: str = ""
    done_date: str = ""
    err: str = "000"
    text: str = ""
    source_addr: str = ""
    destination_addr: str = ""
    network_error_code: bytes | None = None

    @classmethod
    def of(cls, pdu: DeliverSm | DataSm) -> Self:
        """Read the receipt in a deliver_sm or data_sm; its parameters overrule its text."""
        _, payload = split_user_data(pdu.esm_class, pdu.payload)
        found = _fields(decode_text(pdu.data_coding or DataCoding.LATIN_1, payload))
        named = pdu.tlv(Tag.RECEIPTED_MESSAGE_ID)
        return cls(
            message_id=found.get("id", "") if named is None else _c_octets(named),
            message_state=_state(pdu.tlv(Tag.MESSAGE_STATE), found.get("stat", "")),
            sub=found.get("sub", ""),
            dlvrd=found.get("dlvrd", ""),
            submit_date=found.get("submitdate", ""),
            done_date=found.get("donedate", ""),
            err=found.get("err", ""),
            text=found.get("text", ""),
            source_addr=pdu.source_addr,
            destination_addr=pdu.destination_addr,
            network_error_code=pdu.tlv(Tag.NETWORK_ERROR_CODE),
        )

    def words(self) -> str:
        """Write the text of the receipt as in Appendix B; `text` is cut to 20 characters."""
        values = (
            self.message_id,
            self.sub,
            self.dlvrd,
            self.submit_date,
            self.done_date,
            STATE_WORDS[self.message_state],
            self.err,
            self.text[:20],
        )
        return " ".join(f"{key}:{value}" for key, value in zip(KEYS, values, strict=True))

    def deliver_sm(self) -> DeliverSm:
        """Make the deliver_sm that carries the receipt, in words and in parameters (§4.6.1)."""
        tlvs = [
            Tlv(Tag.RECEIPTED_MESSAGE_ID, self.message_id.encode("latin-1") + b"\0"),
            Tlv(Tag.MESSAGE_STATE, bytes((self.message_state,))),
        ]
        if self.network_error_code is not None:
            tlvs.append(Tlv(Tag.NETWORK_ERROR_CODE, self.network_error_code))
        return DeliverSm(
            source_addr=self.source_addr,
            destination_addr=self.destination_addr,
            esm_class=EsmClass.DELIVERY_RECEIPT,
            short_message=self.words().encode("latin-1", "replace"),
            tlvs=tuple(tlvs),
        )


def receipt_date(written: str, zone: tzinfo) -> datetime | None:
    """Read a date of a receipt in the SMSC's zone; None if it is not one."""
    shape = {10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S"}.get(len(written))
    if shape is None:
        return None
    try:
        return datetime.strptime(written, shape).replace(tzinfo=zone)
    except ValueError:
        return None


def _fields(words: str) -> dict[str, str]:
    found: dict[str, str] = {}
    matches = list(_FIELD.finditer(words))
    ends = [match.start() for match in matches[1:]] + [len(words)] * bool(matches)
    for match, end in zip(matches, ends, strict=True):
        key = re.sub(r"[ _]", "", match[1].lower())
        if key == "text":
            return found | {"text": words[match.end() :]}
        found.setdefault(key, words[match.end() : end].strip())
    return found


def _state(parameter: bytes | None, stat: str) -> MessageState:
    if parameter and parameter[0] in _KNOWN_STATES:
        return MessageState(parameter[0])
    return STATES.get(stat.upper()[:7], MessageState.UNKNOWN)


_KNOWN_STATES = frozenset(MessageState)


def _c_octets(octets: bytes) -> str:
    return octets.split(b"\0", 1)[0].decode("latin-1")
