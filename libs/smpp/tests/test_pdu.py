"""PDUs come back from the wire as they were; what is no PDU is named malformed."""

from contextlib import suppress
from dataclasses import replace
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import CommandStatus, DataSm, DeliverSm, MalformedPduError, SubmitSm, Tag, Tlv
from smpp.link import BINDS
from smpp.pdu import (
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DataSmResp,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    Pdu,
    SubmitSmResp,
    Unbind,
    encode,
)

octet = st.integers(0, 255)
tlvs = st.lists(st.builds(Tlv, st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=3).map(
    tuple
)


def c_octets(largest: int) -> st.SearchStrategy[str]:
    alphabet = st.characters(min_codepoint=1, max_codepoint=255)
    return st.text(alphabet, max_size=largest)


addresses = (c_octets(5), octet, octet, c_octets(20), octet, octet, c_octets(20))
short_message = (
    *addresses,
    *(octet, octet, octet, c_octets(16), c_octets(16), octet, octet, octet, octet),
    *(st.binary(max_size=254), tlvs),
)
bind = (c_octets(15), c_octets(8), c_octets(12), octet, octet, octet, c_octets(40))
named = (c_octets(15), tlvs)

pdus = st.one_of(
    *(st.builds(kind, *bind) for kind in (BindTransmitter, BindReceiver, BindTransceiver)),
    *(
        st.builds(kind, *named)
        for kind in (BindTransmitterResp, BindReceiverResp, BindTransceiverResp)
    ),
    *(st.builds(kind, c_octets(64), tlvs) for kind in (SubmitSmResp, DeliverSmResp, DataSmResp)),
    *(st.builds(kind, *short_message) for kind in (SubmitSm, DeliverSm)),
    st.builds(DataSm, *addresses, octet, octet, octet, tlvs),
    *(st.just(kind()) for kind in (EnquireLink, Unbind, GenericNack)),
)


@given(pdus)
def test_every_pdu_comes_back_from_the_wire_as_it_was(pdu: Pdu) -> None:
    assert type(pdu).decode_body(pdu.encode_body()) == pdu


@given(pdus, st.binary(max_size=60), st.integers(0, 400))
def test_mangled_octets_are_a_pdu_or_malformed_and_nothing_else(
    pdu: Pdu, noise: bytes, cut: int
) -> None:
    with suppress(MalformedPduError):
        type(pdu).decode_body(pdu.encode_body()[:cut] + noise)


def test_a_submit_sm_is_written_as_the_specification_lays_it_out() -> None:
    pdu = SubmitSm(
        source_addr_ton=5,
        source_addr="DESA",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr="62811",
        registered_delivery=1,
        data_coding=8,
        short_message=b"hi",
        tlvs=(Tlv(Tag.USER_MESSAGE_REFERENCE, b"\x00\x07"),),
    )
    body = (
        b"\x00\x05\x00DESA\x00\x01\x0162811\x00\x00\x00\x00\x00\x00\x01\x00\x08\x00\x02hi"
        b"\x02\x04\x00\x02\x00\x07"
    )
    assert encode(pdu, 3) == pack(">IIII", 16 + len(body), 4, 0, 3) + body


def test_a_refusing_response_has_no_body() -> None:
    refused = encode(SubmitSmResp("7"), 9, CommandStatus.ESME_RTHROTTLED)
    assert refused == pack(">IIII", 16, 0x80000004, 0x58, 9)


@pytest.mark.parametrize("kind", [SubmitSmResp, BindTransceiverResp, DeliverSmResp])
def test_a_response_without_a_body_is_understood(kind: Any) -> None:
    assert kind.decode_body(b"") == kind()


def test_a_short_message_holds_at_most_254_octets() -> None:
    with pytest.raises(ValueError, match="message_payload"):
        SubmitSm(short_message=b"x" * 255).encode_body()


def test_the_payload_is_found_wherever_it_travels() -> None:
    assert SubmitSm(short_message=b"here").payload == b"here"
    assert SubmitSm(tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, b"there"),)).payload == b"there"
    assert SubmitSm().payload == b""
    assert DataSm(tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, b"there"),)).payload == b"there"


@given(st.builds(SubmitSm, *short_message), c_octets(20))
def test_the_same_message_to_somebody_else_differs_in_nothing_but_the_destination(
    message: SubmitSm, destination: str
) -> None:
    assert message.to(destination) == replace(message, destination_addr=destination)


def test_an_sm_length_beyond_the_pdu_is_an_invalid_message_length() -> None:
    body = SubmitSm(short_message=b"four").encode_body()
    with pytest.raises(MalformedPduError) as refused:
        SubmitSm.decode_body(body[:-1])
    assert refused.value.status == CommandStatus.ESME_RINVMSGLEN


@pytest.mark.parametrize(("esm_class", "receipt"), [(0, False), (0x04, True), (0x20, True)])
def test_a_receipt_is_known_by_its_esm_class(esm_class: int, *, receipt: bool) -> None:
    assert DeliverSm(esm_class=esm_class).is_receipt is receipt
    assert DataSm(esm_class=esm_class).is_receipt is receipt


def test_each_bind_says_which_way_messages_go() -> None:
    ways = {kind: (kind.bind_type.submits, kind.bind_type.receives) for kind in BINDS.values()}
    assert ways == {
        BindTransmitter: (True, False),
        BindReceiver: (False, True),
        BindTransceiver: (True, True),
    }
