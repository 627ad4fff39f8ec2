"""Saying a thing twice says it once, and what was said can be read again."""

from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.envelope import Envelope, Event, derived_id


class Beat(Event):
    event_type: ClassVar[str] = "kentongan.beat.v1"

    drum: str
    loud: bool = False

    def subject(self) -> str:
        return "beat"

    def identity(self) -> tuple[str, ...]:
        return (self.drum,)


def test_the_id_is_what_the_event_says() -> None:
    assert Beat(drum="north").event_id() == Beat(drum="north", loud=True).event_id()
    assert Beat(drum="north").event_id() != Beat(drum="south").event_id()


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_no_two_lists_of_parts_share_an_id(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


def test_an_envelope_survives_its_headers() -> None:
    envelope = Envelope(
        id="i",
        type="t",
        source="/kentongan/intake",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        correlation_id="c",
        trace_parent=f"00-{'a' * 32}-{'b' * 16}-01",
        repair=2,
    )
    assert Envelope.of(envelope.headers()) == envelope
    assert envelope.headers()["Nats-Msg-Id"] == "i~2"


def test_a_missing_attribute_is_named() -> None:
    with pytest.raises(KeyError, match="ce-id"):
        Envelope.of({})
