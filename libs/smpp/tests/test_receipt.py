"""Receipts are read as SMSCs write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import DataSm, DeliverSm, MessageState, Receipt, Tag, Tlv, receipt_date

TYPICAL = (
    "id:0123456789 sub:001 dlvrd:001 submit date:2611240830 done date:2611240831 "
    "stat:DELIVRD err:000 text:Tsunami warning id:7"
)


def receipt_in(words: str, *tlvs: Tlv) -> Receipt:
    return Receipt.of(DeliverSm(esm_class=4, short_message=words.encode(), tlvs=tlvs))


def test_the_words_of_appendix_b_are_read() -> None:
    assert receipt_in(TYPICAL) == Receipt(
        message_id="0123456789",
        message_state=MessageState.DELIVERED,
        sub="001",
        dlvrd="001",
        submit_date="2611240830",
        done_date="2611240831",
        err="000",
        text="Tsunami warning id:7",
    )


words = st.text("abcdefgh0123456789-", min_size=1, max_size=20)


@given(words, st.sampled_from(MessageState), st.text("abc :", max_size=20).map(str.strip))
def test_a_receipt_comes_back_from_its_deliver_sm(
    message_id: str, state: MessageState, text: str
) -> None:
    sent = Receipt(
        message_id,
        state,
        submit_date="2611240830",
        text=text,
        source_addr="62811",
        destination_addr="DESA",
        network_error_code=b"\x03\x00\x01",
    )
    pdu = sent.deliver_sm()
    assert pdu.is_receipt
    assert Receipt.of(DeliverSm.decode_body(pdu.encode_body())) == sent


def test_parameters_overrule_words() -> None:
    read = receipt_in(
        TYPICAL, Tlv(Tag.RECEIPTED_MESSAGE_ID, b"abc\0"), Tlv(Tag.MESSAGE_STATE, b"\x05")
    )
    assert (read.message_id, read.message_state) == ("abc", MessageState.UNDELIVERABLE)


def test_a_receipt_may_come_in_a_data_sm_without_words() -> None:
    tlvs = (Tlv(Tag.RECEIPTED_MESSAGE_ID, b"abc"), Tlv(Tag.MESSAGE_STATE, b"\x02"))
    read = Receipt.of(DataSm(esm_class=4, tlvs=tlvs))
    assert (read.message_id, read.message_state) == ("abc", MessageState.DELIVERED)


@pytest.mark.parametrize(
    ("said", "message_id", "state"),
    [
        ("ID:a1 STAT:delivrd", "a1", MessageState.DELIVERED),
        ("stat:UNDELIV id:a1 err:0x22", "a1", MessageState.UNDELIVERABLE),
        ("id:a1 submit_date:2611240830 stat:EXPIRED", "a1", MessageState.EXPIRED),
        ("id:a1 sub: dlvrd: submit date: done date: stat:REJECTD", "a1", MessageState.REJECTED),
        ("id:a1 stat:SOMETHING", "a1", MessageState.UNKNOWN),
        ("not a receipt at all", "", MessageState.UNKNOWN),
        ("", "", MessageState.UNKNOWN),
    ],
)
def test_receipts_are_read_as_smscs_write_them(
    said: str, message_id: str, state: MessageState
) -> None:
    read = receipt_in(said)
    assert (read.message_id, read.message_state) == (message_id, state)


@given(st.binary(max_size=200))
def test_any_octets_make_some_receipt(octets: bytes) -> None:
    assert isinstance(Receipt.of(DeliverSm(esm_class=0x44, short_message=octets)), Receipt)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2611240830", datetime(2026, 11, 24, 8, 30, tzinfo=UTC)),
        ("261124083059", datetime(2026, 11, 24, 8, 30, 59, tzinfo=UTC)),
        ("", None),
        ("9999999999", None),
    ],
)
def test_dates_of_receipts_have_minutes_or_seconds(written: str, moment: datetime | None) -> None:
    assert receipt_date(written, UTC) == moment


def test_only_enroute_and_accepted_are_not_the_end() -> None:
    assert {state for state in MessageState if not state.final} == {
        MessageState.ENROUTE,
        MessageState.ACCEPTED,
    }
