"""A timeline tells in plain lines what happened to an alert, in the order of time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from audit import timeline as told
from audit.entry import Numbered, microseconds
from audit.hearing import Heard, entry_of
from audit.timeline import timeline
from common.cap import Alert, MsgType, Scope, Status
from common.events.dead import DeadLetter
from common.events.envelope import Event
from common.events.intake import AlertAccepted
from common.events.notification import (
    CascadeStep,
    NotificationPlanned,
    NotificationSettled,
    Outcome,
    OutcomeCorrected,
    PlannedBatch,
    Settlement,
)
from common.events.triage import (
    AlertApproved,
    AlertEnded,
    AlertHeld,
    AlertRejected,
    AlertReleased,
    AlertSuppressed,
    Audience,
)
from common.subjects import Priority, Service

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNTIL = "2026-03-01 12:00:00 UTC: Because."
ALERT = Alert(
    identifier="T-1",
    sender="duty@bmkg.example",
    sent=NOON,
    status=Status.ACTUAL,
    msg_type=MsgType.ALERT,
    scope=Scope.PUBLIC,
)
VERDICT = {
    "alert_id": "flood",
    "accepted_event": "e",
    "reason": "why",
    "sentence": "Because.",
    "decided_at": NOON,
}


def heard(event: Event, number: int, seconds: int = 0) -> Numbered:
    headers = {
        "ce-id": event.event_id(),
        "ce-type": event.event_type,
        "ce-source": "/kentongan",
        "ce-time": (NOON + timedelta(seconds=seconds or number)).isoformat(),
        "ce-correlationid": "flood",
    }
    message = Heard(event.subject(), headers, event.body(), "ALERTS", number + 1, NOON)
    return Numbered(number, entry_of(message, NOON))


def settled(recipient: str, outcome: Outcome) -> NotificationSettled:
    return NotificationSettled(
        alert_id="flood",
        batch_id="b",
        channel="sms",
        priority=Priority.IMMEDIATE,
        settlements=(
            Settlement(
                recipient=recipient, outcome=outcome, settled_at=NOON, possible_duplicate=True
            ),
        ),
    )


PLANNED = NotificationPlanned(
    alert_id="flood",
    priority=Priority.IMMEDIATE,
    plan_hash="a",
    people=3,
    sums={"sms": 3},
    batches=(PlannedBatch(batch_id="b", channel="sms", recipients=3),),
    planned_at=NOON,
)


def sentences(*events: Event) -> list[str]:
    entries = [heard(event, number) for number, event in enumerate(events)]
    return [f"{each.what}: {each.sentence}" for each in timeline("flood", entries).moments]


def test_a_plan_tells_in_which_order_channels_are_tried() -> None:
    sums = {"push": 3, "sms": 2}
    batches = (
        PlannedBatch(batch_id="p", channel="push", recipients=3),
        PlannedBatch(batch_id="s", channel="sms", recipients=2, in_reserve=True),
    )
    steps = tuple(CascadeStep(channel=name, patience_seconds=60) for name in sums)
    planned = PLANNED.model_copy(update={"sums": sums, "batches": batches, "cascade": steps})
    (sentence,) = sentences(planned)
    assert sentence.startswith("planned: for 3 people in 2 batches: push 3, sms 2; ")
    assert sentence.endswith("; tried in turn: push, then sms, 2 in reserve")


def test_decisions_are_told_with_their_reasons() -> None:
    accepted = AlertAccepted(
        alert_id="flood",
        alert=ALERT,
        content_sha256="0",
        publisher="key_1",
        accepted_at=NOON,
        flags=("says nothing",),
    )
    released = AlertReleased(
        **VERDICT,
        alert=ALERT,
        priority=Priority.IMMEDIATE,
        expires_at=NOON,
        chain="flood",
        audience=Audience(by_area=True, groups=("school",), everyone=True),
        accepted_at=NOON,
    )
    ended = AlertEnded(
        alert_id="flood", ended_by="clear", reason="cancel", sentence="Over.", ended_at=NOON
    )
    assert sentences(
        accepted,
        AlertHeld(**VERDICT, held_until=NOON),
        AlertApproved(**VERDICT, approver="key_2"),
        AlertRejected(**VERDICT, approver="key_2"),
        AlertSuppressed(**VERDICT),
        released,
        PLANNED,
        ended,
    ) == [
        "accepted: Actual Alert from duty@bmkg.example, by key_1: without info (says nothing)",
        "held: Because. (why) until 2026-03-01 12:00:00 UTC",
        "approved: by key_2: Because. (why)",
        "rejected: by key_2: Because. (why)",
        "suppressed: Because. (why)",
        f"released: immediate, to everyone, school, those in its area, until {UNTIL} (why)",
        "planned: for 3 people in 1 batches: sms 3",
        "ended: by clear: Over. (cancel)",
    ]


def test_outcomes_of_a_channel_are_one_line_from_the_first_to_the_last() -> None:
    entries = [
        heard(PLANNED, 0, 1),
        heard(settled("p-1", Outcome.DELIVERED), 1, 5),
        heard(settled("p-2", Outcome.FAILED), 2, 3),
    ]
    found = timeline("flood", entries)
    line = found.moments[1]
    assert line.sentence == ("sms: 2 of 3 settled: delivered 1, failed 1, possibly twice 2, open 1")
    assert line.until is not None
    assert (line.until - line.at, line.number) == (timedelta(seconds=2), 1)
    assert found.counts.open == 1


def test_corrections_are_a_line_of_their_own() -> None:
    corrected = OutcomeCorrected(
        alert_id="flood",
        batch_id="b",
        channel="sms",
        recipient="p-1",
        settled_as=Outcome.ACCEPTED,
        receipt=Outcome.DELIVERED,
        received_at=NOON,
    )
    assert sentences(corrected) == ["corrected: sms: 1 by a later receipt"]


def test_what_was_given_up_is_told() -> None:
    letter = DeadLetter(
        service=Service.NOTIFICATION,
        consumer="notification-sms-routine",
        reason="it cannot be read",
        original_subject="notification.requested.sms.routine",
        original_stream="NOTIFICATIONS",
        original_sequence=1,
        original_id="x",
        deliveries=5,
        headers={},
        body_base64="",
        died_at=NOON,
    )
    assert sentences(letter) == [
        f"dead: notification gave up on {letter.consumer} after 5 deliveries: it cannot be read"
    ]


def test_a_contradiction_is_a_line_and_no_sum() -> None:
    first = heard(PLANNED, 0)
    second = replace(heard(PLANNED, 1).entry, conflict=True)
    found = timeline("flood", [first, Numbered(1, second)])
    assert found.moments[1].what == "conflict"
    assert "something else" in found.moments[1].sentence
    assert found.counts.channels["sms"].planned == 3


def test_an_entry_that_cannot_be_read_is_a_line_too() -> None:
    odd = replace(heard(PLANNED, 0).entry, body='{"alert_id":"flood","people":"many"}')
    assert [each.what for each in timeline("flood", [Numbered(0, odd)]).moments] == ["unreadable"]


def test_an_event_of_a_later_version_is_told_as_what_it_is() -> None:
    later = replace(heard(PLANNED, 0).entry, type="kentongan.song.v9", body="[]")
    found = timeline("flood", [Numbered(0, later)])
    assert found.moments[0].sentence == "kentongan.song.v9 on notification.planned"


def test_an_endless_story_is_cut_and_says_so() -> None:
    one = heard(PLANNED, 0).entry
    song = replace(one, type="song", body="{}")
    many = [
        Numbered(n, replace(song, said_at=microseconds(NOON) + n))
        for n in range(told.MOST_MOMENTS + 5)
    ]
    found = timeline("flood", many)
    assert len(found.moments) == told.MOST_MOMENTS + 1
    assert "5 more entries" in found.moments[-1].sentence


def test_an_alert_that_nobody_heard_of_has_no_story() -> None:
    found = timeline("ghost", [])
    assert (found.moments, found.counts.planned) == ((), False)
