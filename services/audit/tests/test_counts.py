"""At every moment planned = settled + open, whatever is said twice."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from audit.counts import Tally
from audit.entry import Entry
from audit.hearing import Heard, entry_of
from common.events.envelope import Event
from common.events.notification import (
    NotificationPlanned,
    NotificationSettled,
    Outcome,
    OutcomeCorrected,
    PlannedBatch,
    Settlement,
)
from common.questions.audit import Counts
from common.subjects import Priority

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Settled = tuple[int, Outcome, bool]


def entry(event: Event) -> Entry:
    headers = {
        "ce-id": event.event_id(),
        "ce-type": event.event_type,
        "ce-source": "/kentongan/notification",
        "ce-time": NOON.isoformat(),
    }
    return entry_of(Heard(event.subject(), headers, event.body(), "OUTCOMES", 1, NOON), NOON)


def planned(recipients: int, plan_hash: str = "a") -> NotificationPlanned:
    return NotificationPlanned(
        alert_id="flood",
        priority=Priority.IMMEDIATE,
        plan_hash=plan_hash,
        people=recipients,
        sums={"sms": recipients},
        batches=(PlannedBatch(batch_id="b", channel="sms", recipients=recipients),),
        planned_at=NOON,
    )


def settled(*ends: Settled) -> NotificationSettled:
    return NotificationSettled(
        alert_id="flood",
        batch_id="b",
        channel="sms",
        priority=Priority.IMMEDIATE,
        settlements=tuple(
            Settlement(
                recipient=f"p-{number}",
                outcome=outcome,
                reason="" if outcome is Outcome.DELIVERED else "refused",
                settled_at=NOON,
                possible_duplicate=twice,
            )
            for number, outcome, twice in ends
        ),
    )


def counted(*events: Event) -> Counts:
    tally = Tally("flood")
    for event in events:
        tally.take(entry(event))
    return tally.counts()


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Outcome), st.booleans()), max_size=6),
        max_size=6,
    )
)
def test_planned_is_settled_plus_open_whatever_is_said(said: Sequence[Sequence[Settled]]) -> None:
    sums = counted(planned(10), *(settled(*each) for each in said)).channels["sms"]
    people = {number for each in said for number, _, _ in each}
    assert sums.planned == 10 == sums.settled + sums.open
    assert sums.settled == len(people) == sum(sums.outcomes.values())
    assert sums.again == sum(len(each) for each in said) - len(people)
    assert sums.unplanned == 0


def test_the_first_outcome_of_a_recipient_stands() -> None:
    sums = counted(
        planned(1),
        settled((1, Outcome.UNKNOWN, True)),
        settled((1, Outcome.DELIVERED, False)),
    ).channels["sms"]
    assert sums.outcomes == {Outcome.UNKNOWN: 1}
    assert (sums.again, sums.possible_duplicates) == (1, 1)


def test_the_first_plan_of_an_alert_stands() -> None:
    assert counted(planned(4), planned(9, "b")).channels["sms"].planned == 4


def test_a_correction_is_counted_and_changes_no_outcome() -> None:
    corrected = OutcomeCorrected(
        alert_id="flood",
        batch_id="b",
        channel="sms",
        recipient="p-1",
        settled_as=Outcome.ACCEPTED,
        receipt=Outcome.DELIVERED,
        received_at=NOON,
    )
    sums = counted(planned(1), settled((1, Outcome.ACCEPTED, False)), corrected).channels["sms"]
    assert (sums.corrections, sums.outcomes) == (1, {Outcome.ACCEPTED: 1})


def test_a_recipient_whom_nobody_planned_is_told() -> None:
    counts = counted(settled((1, Outcome.DELIVERED, False)))
    assert not counts.planned
    assert not counts.add_up
    assert counts.channels["sms"].unplanned == 1


def test_reasons_are_counted_by_name() -> None:
    counts = counted(planned(2), settled((1, Outcome.FAILED, False), (2, Outcome.EXPIRED, False)))
    assert counts.channels["sms"].reasons == {"refused": 2}
    assert counts.add_up


def test_another_alert_and_a_contradiction_do_not_count() -> None:
    tally = Tally("storm")
    tally.take(entry(planned(3)))
    assert tally.counts().channels == {}
