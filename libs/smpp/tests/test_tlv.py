"""Optional parameters keep their order, and a cut-off one is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import CommandStatus, MalformedPduError, Tag, Tlv
from smpp.tlv import decode_tlvs, encode_tlvs

tlvs = st.lists(st.builds(Tlv, st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=6)


@given(tlvs, st.binary(max_size=10))
def test_optional_parameters_come_back_in_their_order(sent: list[Tlv], before: bytes) -> None:
    written = before + encode_tlvs(tuple(sent))
    assert decode_tlvs(written, len(before)) == tuple(sent)


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5])
def test_a_cut_off_parameter_is_refused_as_such(cut: int) -> None:
    whole = encode_tlvs((Tlv(Tag.MESSAGE_PAYLOAD, b"ab"),))
    with pytest.raises(MalformedPduError) as refused:
        decode_tlvs(whole[:cut], 0)
    assert refused.value.status == CommandStatus.ESME_RINVOPTPARSTREAM
