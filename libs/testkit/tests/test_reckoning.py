import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from common.subjects import Priority
from notification.batch import Batch, microseconds
from notification.ports import Recipient, Text
from sandbox.witness import Received
from testkit.clock import NOON
from testkit.reckoning import Reckoning, reckon

TABLES = """
    CREATE TABLE batches (alert_id, planned, body);
    CREATE TABLE outcomes (alert_id, channel, recipient, outcome, possible_duplicate, reason);
"""

Reckons = Callable[..., Reckoning]


def batch(channel: str, lane: Priority) -> bytes:
    return Batch(
        batch_id=f"plan-{channel}",
        settles_as=f"plan-{channel}",
        alert_id="alert-1",
        chain="alert-1",
        channel=channel,
        priority=lane,
        status="Actual",
        text=Text("en-US", "Tsunami", "Go to high ground."),
        recipients=(Recipient("anna", "anna", "anna's address"),),
        expires_at=microseconds(NOON + timedelta(hours=2)),
        accepted_at=microseconds(NOON),
    ).body()


def came(*references: str, id_: str = "") -> list[Received]:
    """Return what came to Anna under these references."""
    return [
        Received(at="", channel="", id=id_ or str(place), address="anna's address", reference=each)
        for place, each in enumerate(references)
    ]


@pytest.fixture
def reckoned(tmp_path: Path) -> Reckons:
    """Reckon an alert for one recipient on a channel."""

    def make(
        channel: str,
        received: Sequence[Received],
        outcome: str | None = "accepted",
        *,
        flagged: bool = False,
        reason: str = "",
        lane: Priority = Priority.IMMEDIATE,
    ) -> Reckoning:
        file = tmp_path / f"{channel}.db"
        with closing(sqlite3.connect(file)) as store, store:
            store.executescript(TABLES)
            store.execute(
                "INSERT INTO batches VALUES (?, ?, ?)", ("alert-1", True, batch(channel, lane))
            )
            ended = ("alert-1", channel, "anna", outcome, flagged, reason)
            store.execute("INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?)", ended)
        return reckon(file, "alert-1", {channel: received})

    return make


def test_who_was_told_once_is_right(reckoned: Reckons) -> None:
    found = reckoned("webhook", came("msg_1"))
    assert found.right
    assert not found.twice
    assert not found.dropped


@pytest.mark.parametrize("channel", ["sms", "webhook", "feed"])
def test_who_was_settled_as_told_and_got_nothing_is_lost(reckoned: Reckons, channel: str) -> None:
    found = reckoned(channel, [])
    assert found.settled_but_not_received == [f"{channel}/anna"]
    assert not found.right


def test_who_is_said_not_to_be_known_of_may_have_got_nothing(reckoned: Reckons) -> None:
    found = reckoned("sms", [], reason="receipt_overdue", lane=Priority.ROUTINE)
    assert found.right
    assert found.outcomes == {"accepted (receipt_overdue)": 1}
    assert not reckoned("email", [], reason="receipt_overdue").right


def test_who_failed_is_lost_unless_the_sink_refused(reckoned: Reckons) -> None:
    found = reckoned("webhook", [], outcome="failed")
    assert found.failed_but_not_refused == ["webhook/anna"]
    assert not found.right
    (refused,) = came("msg_1")
    no = msgspec.structs.replace(refused, answer="422")
    assert reckoned("sms", [no], outcome="failed").right


@pytest.mark.parametrize("channel", ["sms", "webhook", "feed"])
def test_who_has_no_outcome_is_lost(reckoned: Reckons, channel: str) -> None:
    found = reckoned(channel, came("msg_1"), outcome=None)
    assert found.without_outcome == [f"{channel}/anna"]
    assert not found.right


def test_a_repeat_under_the_same_webhook_id_is_dropped_and_has_its_flag(reckoned: Reckons) -> None:
    found = reckoned("webhook", came("msg_1", "msg_1", "msg_1", id_="msg_1"), flagged=True)
    assert found.twice == ["webhook/anna"]
    assert found.dropped == 2
    assert not found.twice_after_dedupe
    assert found.right


def test_a_repeat_that_is_dropped_must_be_flagged_all_the_same(reckoned: Reckons) -> None:
    found = reckoned("webhook", came("msg_1", "msg_1"))
    assert found.twice_and_not_flagged == ["webhook/anna"]
    assert not found.right


def test_a_repeat_under_another_webhook_id_is_wrong_whatever_its_flag(reckoned: Reckons) -> None:
    found = reckoned("webhook", came("msg_1", "msg_2", "msg_2"), flagged=True)
    assert found.twice_after_dedupe == ["webhook/anna"]
    assert found.dropped == 1
    assert not found.right


def test_an_alert_that_stands_twice_in_a_feed_is_wrong(reckoned: Reckons) -> None:
    found = reckoned("feed", came("urn:alert-1", "urn:alert-1"), flagged=True)
    assert found.twice_after_dedupe == ["feed/anna"]
    assert not found.right


def test_a_sink_that_drops_nothing_shows_every_repeat(reckoned: Reckons) -> None:
    found = reckoned("sms", came("msg_1", "msg_1"), flagged=True)
    assert found.twice == ["sms/anna"]
    assert not found.dropped
    assert not found.twice_after_dedupe
    assert found.right
