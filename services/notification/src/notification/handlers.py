"""What is heard and answered, each in a line or two over a rule that knows no broker."""

from collections.abc import Awaitable, Callable, Mapping

from common.events.triage import AlertEnded, AlertReleased
from common.messaging import Delivery
from common.questions.notification import (
    ChannelOutcomes,
    NotReached,
    OutcomesQuestion,
    OutcomesShown,
)
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.batch import Batch
from notification.delivery import Worker
from notification.planning import Planner, Stop
from notification.reason import Reason

MOST_NAMED = 1_000


def planning(planner: Planner) -> Callable[[Delivery[AlertReleased]], Awaitable[None]]:
    """Return what plans a release."""

    async def hear(delivery: Delivery[AlertReleased]) -> None:
        await planner.plan(delivery.event, delivery.envelope)

    return hear


def ending(stop: Stop) -> Callable[[Delivery[AlertEnded]], Awaitable[None]]:
    """Return what stops an alert that has ended."""

    async def hear(delivery: Delivery[AlertEnded]) -> None:
        await stop(delivery.event.alert_id, delivery.event.ended_by)

    return hear


def delivering(worker: Worker) -> Callable[[Delivery[Batch]], Awaitable[None]]:
    """Return what delivers a batch."""

    async def hear(delivery: Delivery[Batch]) -> None:
        await worker.deliver(delivery.event, delivery.progressed)

    return hear


def showing(
    outcomes: SqlOutcomes,
) -> Callable[[OutcomesQuestion, Mapping[str, str]], Awaitable[OutcomesShown]]:
    """Return what answers for the outcomes of an alert."""

    async def reply(question: OutcomesQuestion, _: Mapping[str, str]) -> OutcomesShown:
        sums = await outcomes.sums(question.alert_id)
        missed = await outcomes.not_reached(question.alert_id, MOST_NAMED)
        return OutcomesShown(
            alert_id=question.alert_id,
            channels=tuple(
                ChannelOutcomes(
                    channel=channel,
                    outcome=outcome or "open",
                    reason=reason,
                    sentence=Reason(reason).sentence if reason else "",
                    recipients=count,
                )
                for channel, outcome, reason, count in sums
            ),
            not_reached=tuple(
                NotReached(channel=channel, recipient=recipient, outcome=outcome, reason=reason)
                for channel, recipient, outcome, reason in missed
            ),
        )

    return reply
