"""Whatever is heard becomes an entry: events, advisories, and what nobody can read."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.entry import microseconds
from audit.hearing import UNREADABLE, Heard, entry_of
from common.events.envelope import derived_id
from common.events.triage import AlertEnded

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=2)
ENDED = AlertEnded(
    alert_id="flood", ended_by="all-clear", reason="all_clear", sentence="Over.", ended_at=NOON
)
HEADERS = {
    "ce-id": ENDED.event_id(),
    "ce-type": ENDED.event_type,
    "ce-source": "/kentongan/triage",
    "ce-time": NOON.isoformat(),
    "ce-correlationid": "flood",
}
HEARD = Heard("alert.ended", HEADERS, ENDED.body(), "ALERTS", 7, LATER)
ADVISORY = {
    "type": "io.nats.jetstream.advisory.v1.max_deliver",
    "id": "kQ2",
    "timestamp": "2026-03-01T12:00:00.123456789Z",
    "stream": "ALERTS",
}


def test_an_event_is_kept_with_all_that_tells_where_it_comes_from() -> None:
    entry = entry_of(HEARD, LATER)
    assert (entry.event_id, entry.type) == (ENDED.event_id(), ENDED.event_type)
    assert (entry.alert_id, entry.correlation_id) == ("flood", "flood")
    assert (entry.stream, entry.sequence, entry.source) == ("ALERTS", 7, "/kentongan/triage")
    assert (entry.said_at, entry.recorded_at) == (microseconds(NOON), microseconds(LATER))
    assert list(json.loads(entry.body)) == sorted(json.loads(ENDED.body()))


def test_the_same_fact_in_another_order_is_the_same_entry() -> None:
    turned = dict(reversed(json.loads(ENDED.body()).items()))
    spaced = json.dumps(turned, indent=2).encode()
    assert entry_of(replace(HEARD, body=spaced), LATER) == entry_of(HEARD, LATER)


def test_an_advisory_of_the_server_is_named_by_its_own_id() -> None:
    heard = Heard("$JS.EVENT", {}, json.dumps(ADVISORY).encode(), "ADVISORIES", 3, LATER)
    entry = entry_of(heard, LATER)
    assert entry.event_id == derived_id("ADVISORIES", "kQ2")
    assert entry.type == "io.nats.jetstream.advisory.v1.max_deliver"
    assert entry.said_at == microseconds(NOON) + 123_456
    assert entry_of(replace(heard, sequence=4), LATER).event_id == entry.event_id


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN}', b'{"a": 1e999}'])
def test_what_cannot_be_read_is_kept_as_a_digest(body: bytes) -> None:
    entry = entry_of(Heard("alert.odd", {}, body, "ALERTS", 9, LATER), LATER)
    assert (entry.type, entry.said_at) == (UNREADABLE, microseconds(LATER))
    assert json.loads(entry.body)["bytes"] == len(body)


@pytest.mark.parametrize("broken", [{"ce-time": "noon"}, {"ce-time": "2026-03-01T12:00:00"}])
def test_an_envelope_that_cannot_be_read_is_derived(broken: dict[str, str]) -> None:
    entry = entry_of(replace(HEARD, headers={**HEADERS, **broken}), LATER)
    assert entry.event_id != ENDED.event_id()
    assert entry.said_at == microseconds(LATER)


def test_headers_with_control_characters_are_escaped() -> None:
    entry = entry_of(replace(HEARD, headers={**HEADERS, "ce-source": "a\x00é"}), LATER)
    assert entry.source == "a\\x00\\xe9"


@given(st.dictionaries(st.sampled_from([*HEADERS, "x"]), st.text(max_size=9)), st.binary())
def test_nothing_is_too_strange_to_become_an_entry(headers: dict[str, str], body: bytes) -> None:
    heard = Heard("alert.odd", headers, body, "ALERTS", 1, LATER)
    assert entry_of(heard, LATER).leaf() == entry_of(heard, LATER).leaf()
