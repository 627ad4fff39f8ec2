import pytest

from notification.devices.goaway import Frames, GoAway

PING = b"\x00\x00\x08\x06\x00\x00\x00\x00\x00" + b"kentonga"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
LEAVING = b"\x00\x00\x0a\x07\x00\x00\x00\x00\x00" + b"\x80\x00\x00\x05" + b"\x00" * 4 + b"ok"
SENT = (PING, LEAVING, SETTINGS)
HEARD = [PING, GoAway(5), SETTINGS]


@pytest.mark.parametrize("size", [1, 7, 9, 20, 1000])
def test_frames_are_told_apart_however_they_arrive(size: int) -> None:
    whole, frames = b"".join(SENT), Frames()
    parts = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert [each for part in parts for each in frames.cut(part)] == HEARD


def test_a_frame_that_is_too_long_is_passed_on_without_waiting_for_its_end() -> None:
    monstrous = b"\xff\xff\xff" + PING[3:]
    assert list(Frames().cut(monstrous)) == [monstrous]


def test_a_goaway_that_says_nothing_is_left_to_whoever_knows_the_rules() -> None:
    broken = b"\x00\x00\x04\x07\x00\x00\x00\x00\x00" + b"\x00" * 4
    assert list(Frames().cut(broken)) == [broken]
