"""From a release to its batches on the bus: planned once, said as often as it takes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from common.clock import Clock
from common.events.envelope import Envelope
from common.events.triage import AlertReleased
from common.messaging.failures import NotPublished, TemporaryFailure
from common.messaging.publishing import Sayable, Sent
from notification import metrics
from notification.audience import Audience
from notification.batch import Batch
from notification.plan import ENDING, Occasion, Plan, Share, after_predecessor, make_plan
from notification.ports import Recipient, Text
from notification.rendering import farewell, render

PREDECESSOR_SECONDS = 0.2

log = structlog.get_logger()


class Plans(Protocol):
    """Where plans are kept: the first one of an alert wins."""

    async def find(self, alert_id: str) -> Plan | None:
        """Return the plan of an alert."""
        ...

    async def store(self, plan: Plan, now: datetime) -> Plan:
        """Store a plan, and return the one that counts."""
        ...

    async def unsaid_of(self, alert_id: str) -> Sequence[Batch]:
        """Return the batches of an alert that are not known to be said."""
        ...

    async def mark_plan_said(self, alert_id: str) -> None:
        """Note that the stream has the plan."""
        ...

    async def mark_said(self, batch_ids: Sequence[str]) -> None:
        """Note that the stream has these batches."""
        ...


Publish = Callable[..., Awaitable[Sent]]
PublishAll = Callable[..., Awaitable[Sequence[Sent | NotPublished]]]
Stop = Callable[[str, str], Awaitable[None]]
Refreshed = Callable[[], Awaitable[Audience]]


@dataclass(frozen=True, slots=True)
class Planner:
    """What planning needs: the stores, the directory as it is now, and how to say things."""

    plans: Plans
    audience: Refreshed
    stop: Stop
    publish: Publish
    publish_all: PublishAll
    clock: Clock
    batch_sizes: Mapping[str, int]

    async def plan(self, released: AlertReleased, cause: Envelope) -> None:
        """Plan a released alert, or find its plan, and say all of it that is not said."""
        plan = await self.plans.find(released.alert_id)
        if plan is None:
            with metrics.PLANNING_SECONDS.time():
                plan = await self._make(released, cause)
            log.info(
                "alert_planned",
                alert_id=plan.alert_id,
                people=plan.planned.people,
                sums=plan.planned.sums,
            )
        await self._say(plan, cause)

    async def _make(self, released: AlertReleased, cause: Envelope) -> Plan:
        """Freeze the audience and store it; whoever was first is returned."""
        for ended in released.ends:
            await self.stop(ended, released.alert_id)
        predecessor = await self._predecessor(released)
        now = self.clock.now()
        earlier = (predecessor.alert_id, *predecessor.earlier) if predecessor else ()
        audience = await self.audience()
        wanted, people = _own_shares(released, audience, predecessor, tuple(self.batch_sizes))
        shares: Iterable[Share] = wanted
        if predecessor is not None:
            by_recipient = {
                (share.channel, recipient.id): share
                for share in wanted
                for recipient in share.recipients
            }
            goodbye = _farewells(released, predecessor)
            shares = after_predecessor(by_recipient, predecessor.batches, goodbye)
        occasion = Occasion(released, cause, earlier, now)
        return await self.plans.store(make_plan(occasion, shares, people, self.batch_sizes), now)

    async def _predecessor(self, released: AlertReleased) -> Plan | None:
        """Return the plan that this one follows; while it is not there yet, come again."""
        if released.after is None:
            return None
        found = await self.plans.find(released.after)
        if found is None:
            raise TemporaryFailure(
                f"the alert before it, {released.after}, is not planned yet", PREDECESSOR_SECONDS
            )
        return found

    async def _say(self, plan: Plan, cause: Envelope) -> None:
        """Say the plan, then its batches that are not said; each is marked when it is."""
        await self.publish(plan.planned, cause=cause, repair=cause.repair)
        await self.plans.mark_plan_said(plan.alert_id)
        unsaid = await self.plans.unsaid_of(plan.alert_id)
        await say_batches(self.plans, self.publish_all, unsaid, cause)


async def say_batches(
    plans: Plans, publish_all: PublishAll, batches: Sequence[Batch], cause: Envelope | None
) -> None:
    """Say batches and mark those that the stream has; if it has not all, come again."""
    sayable: Sequence[Sayable] = batches
    answers = await publish_all(sayable, cause=cause)
    said = [
        batch.batch_id
        for batch, answer in zip(batches, answers, strict=True)
        if isinstance(answer, Sent)
    ]
    if said:
        await plans.mark_said(said)
    for answer in answers:
        if isinstance(answer, NotPublished):
            raise answer


def _own_shares(
    released: AlertReleased,
    audience: Audience,
    predecessor: Plan | None,
    channels: tuple[str, ...],
) -> tuple[list[Share], int]:
    """Return whom the alert reaches by its own words, and how many people that is.

    A cancel or an all-clear has no audience of its own, and an alert without words has none either:
    they go to those who were sent what they end.
    """
    if predecessor is not None and (released.follow_up in ENDING or not released.alert.infos):
        recipients = (each for batch in predecessor.batches for each in batch.recipients)
        reached = {recipient.person for recipient in recipients}
        return [], len(reached)
    selection = audience.select(released.alert, released.audience, released.channels or channels)
    shares = [
        Share(
            channel=group.channel,
            text=render(
                released.alert,
                group.variant.info_indexes,
                released.follow_up,
                group.channel,
                group.variant.language,
            ),
            recipients=[Recipient(*each) for each in group.recipients],
        )
        for group in selection.groups()
        if group.channel in channels
    ]
    return shares, selection.people


def _farewells(released: AlertReleased, predecessor: Plan) -> dict[tuple[str, str], Text]:
    """Return what those are told whom the follow-up's own words do not reach."""
    return {
        (channel, language): farewell(released, text, channel, language)
        for channel, by_language in predecessor.texts.items()
        for language, text in by_language.items()
    }
