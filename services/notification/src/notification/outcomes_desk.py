"""The desk of outcomes: answers what became of the recipients of an alert, and who can help."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from common.problems import Problem, Refusal
from common.questions.notification import (
    ChannelOutcomes,
    NotReached,
    OutcomesQuestion,
    OutcomesShown,
)
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.outcomes import was_missed
from notification.reason import Reason

OPEN: Final = "open"
PUT_ASIDE: Final = "put_aside"
IN_RESERVE: Final = "in_reserve"
Headers = Mapping[str, str]


def showing(
    outcomes: SqlOutcomes, plans: SqlPlans, cascades: SqlCascades
) -> Callable[[OutcomesQuestion, Headers], Awaitable[OutcomesShown]]:
    """Return what answers for the outcomes of an alert; one that was not planned is refused."""

    async def reply(question: OutcomesQuestion, _: Headers) -> OutcomesShown:
        alert_id = question.alert_id
        plan = await plans.find(alert_id)
        if plan is None:
            raise Refusal(_not_planned(alert_id))
        sums = await outcomes.sums(alert_id)
        waiting = await outcomes.waiting(alert_id)
        reserve = await cascades.in_reserve(alert_id)
        missed = await outcomes.not_reached(alert_id, question.most, question.after)
        return OutcomesShown(
            alert_id=alert_id,
            planned=plan.planned.sums,
            channels=tuple(_ends(sums, waiting, reserve)),
            not_reached_in_all=sum(n for _, end, why, n in sums if was_missed(end, why)),
            not_reached=tuple(
                NotReached(channel=channel, recipient=recipient, outcome=outcome, reason=reason)
                for channel, recipient, outcome, reason in missed
            ),
        )

    return reply


def _ends(
    sums: Iterable[tuple[str, str | None, str, int]],
    waiting: Iterable[tuple[str, str, int]],
    reserve: Iterable[tuple[str, int]],
) -> list[ChannelOutcomes]:
    """Put settled, open, put aside and in reserve together, channel by channel."""
    settled = [_end(channel, end or OPEN, reason, count) for channel, end, reason, count in sums]
    aside = [_end(channel, PUT_ASIDE, reason, count) for channel, reason, count in waiting]
    behind = [_end(channel, IN_RESERVE, "", count) for channel, count in reserve]
    return sorted(settled + aside + behind, key=lambda each: each.channel)


def _end(channel: str, outcome: str, reason: str, count: int) -> ChannelOutcomes:
    """Say an end with its reason in words."""
    return ChannelOutcomes(
        channel=channel,
        outcome=outcome,
        reason=reason,
        sentence=Reason(reason).sentence if reason else "",
        remedy=Reason(reason).remedy if reason else "",
        recipients=count,
    )


def _not_planned(alert_id: str) -> Problem:
    return Problem.of(
        404,
        "alert-not-planned",
        f"Nobody was planned to be told {alert_id}: it is not known here, or it waits, or it was"
        " not sent; `kentongan alert show` says which.",
    )
