"""What is heard goes to the rule that knows, and what is asked is answered with reasons."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from common.events.envelope import Envelope
from common.events.notification import Outcome
from common.events.triage import AlertEnded, AlertReleased
from common.questions.notification import OutcomesQuestion
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.batch import Batch
from notification.handlers import delivering, ending, planning, showing
from notification.outcomes import Opened, Settled
from notification.reason import Reason
from testkit.clock import NOON


@dataclass(slots=True)
class Heard:
    """A delivery as far as a handler looks at it, and a rule that notes what it is given."""

    event: Any
    envelope: Envelope = field(default_factory=lambda: Envelope("e1", "t", "s", NOON, "a1"))
    given: list[tuple[object, ...]] = field(default_factory=list)

    def progressed(self) -> None:
        """Nothing to note."""

    async def plan(self, *told: object) -> None:
        self.given.append(told)

    deliver = plan
    stop = plan


async def test_a_release_goes_to_the_planner(
    make_released: Callable[..., AlertReleased],
) -> None:
    heard: Any = Heard(make_released())
    await planning(heard)(heard)
    assert heard.given == [(heard.event, heard.envelope)]


async def test_the_end_of_an_alert_stops_it() -> None:
    ended = AlertEnded(
        alert_id="alert-1",
        ended_by="cancel-1",
        reason="cancelled",
        sentence="It is not coming.",
        ended_at=NOON,
    )
    heard: Any = Heard(ended)
    await ending(heard.stop)(heard)
    assert heard.given == [("alert-1", "cancel-1")]


async def test_a_batch_goes_to_its_worker(make_batch: Callable[..., Batch]) -> None:
    heard: Any = Heard(make_batch())
    await delivering(heard)(heard)
    assert heard.given == [(heard.event, heard.progressed)]


async def test_outcomes_are_shown_with_their_reasons_in_words(
    store: DeliveryStore, make_batch: Callable[..., Batch]
) -> None:
    outcomes = SqlOutcomes(store)
    failed = Settled("sms-0", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper")
    opened = Opened("sms-1", "paper", "m1", datetime(2026, 3, 1, 13, tzinfo=UTC))
    await outcomes.record(make_batch(2), [failed, opened], NOON)
    shown = await showing(outcomes)(OutcomesQuestion(alert_id="alert-1"), {})
    told = {each.outcome: (each.sentence, each.recipients) for each in shown.channels}
    assert told == {
        "failed": ("The provider knows no such address.", 1),
        "open": ("", 1),
    }
    assert [(each.recipient, each.reason) for each in shown.not_reached] == [
        ("sms-0", "address_unknown")
    ]


async def test_of_an_alert_that_nobody_knows_nothing_is_shown(store: DeliveryStore) -> None:
    shown = await showing(SqlOutcomes(store))(OutcomesQuestion(alert_id="nothing"), {})
    assert (shown.channels, shown.not_reached) == ((), ())
