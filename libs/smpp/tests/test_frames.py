"""PDUs are the same however the network cuts the stream."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smpp import MalformedPduError
from smpp.frames import Frame, Frames

frames = st.lists(st.tuples(*[st.integers(0, 0xFFFFFFFF)] * 3, st.binary(max_size=40)), max_size=8)


def written(each: Frame) -> bytes:
    return pack(">IIII", 16 + len(each[3]), *each[:3]) + each[3]


@given(frames, st.integers(1, 50))
def test_pdus_are_the_same_however_the_stream_is_cut(sent: list[Frame], piece: int) -> None:
    stream = b"".join(written(each) for each in sent)
    reader = Frames(1000)
    read = [
        frame
        for at in range(0, len(stream), piece)
        for frame in reader.cut(stream[at : at + piece])
    ]
    assert read == sent


@pytest.mark.parametrize("length", [0, 15, 1001, 0xFFFFFFFF])
def test_an_impossible_length_ends_the_stream_after_the_pdus_before_it(length: int) -> None:
    good = written((4, 0, 1, b"ab"))
    reading = Frames(1000).cut(good + pack(">IIII", length, 4, 0, 2))
    assert next(reading) == (4, 0, 1, b"ab")
    with pytest.raises(MalformedPduError, match=str(length)):
        next(reading)
