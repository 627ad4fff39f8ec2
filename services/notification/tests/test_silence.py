"""A channel that takes and never delivers is found out, without any error."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from common.observability import rings
from notification import silence
from testkit.clock import NOON

LATER = NOON + silence.PATIENCE


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    for channel in ("sms", "voice"):
        silence.delivered(channel)


def test_enough_taken_and_nothing_delivered_for_long_enough_rings() -> None:
    silence.taken("sms", "carrier", 20, NOON)
    silence.listen(LATER)
    assert rings.ringing() == ("channel_silent",)


def test_a_receipt_ends_it() -> None:
    silence.taken("sms", "carrier", 500, NOON)
    silence.listen(LATER)
    silence.delivered("sms")
    silence.listen(LATER + timedelta(hours=1))
    assert rings.ringing() == ()


def test_receipts_may_take_their_time() -> None:
    silence.taken("sms", "carrier", 500, NOON)
    silence.listen(LATER - timedelta(seconds=1))
    assert rings.ringing() == ()


def test_a_few_people_out_of_reach_are_no_silence() -> None:
    silence.taken("sms", "carrier", 19, NOON)
    silence.listen(LATER + timedelta(hours=1))
    assert rings.ringing() == ()


def test_one_channel_that_delivers_does_not_speak_for_another() -> None:
    silence.taken("sms", "carrier", 20, NOON)
    silence.taken("voice", "exchange", 20, NOON)
    silence.listen(LATER)
    silence.delivered("voice")
    assert rings.ringing() == ("channel_silent",)


def test_what_owes_a_receipt_is_counted() -> None:
    labels = {"channel": "sms", "provider": "carrier"}
    before = REGISTRY.get_sample_value("kentongan_receipts_awaited_total", labels) or 0.0
    silence.taken("sms", "carrier", 3, NOON)
    silence.taken("sms", "carrier", 0, NOON)
    assert REGISTRY.get_sample_value("kentongan_receipts_awaited_total", labels) == before + 3
