"""From a release to its batches on the bus: planned once, said as often as it takes."""

import asyncio
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

import structlog

from common.cap import Alert, write_xml
from common.clock import Clock
from common.events.envelope import Envelope
from common.events.triage import AlertReleased
from common.messaging.failures import NotPublished, TemporaryFailure
from common.messaging.publishing import Sayable, Sent
from common.subjects import Priority
from notification import metrics
from notification.audience import Audience, Group, Selection
from notification.batch import Batch, StoredBatch
from notification.cascade import Cascade, Role
from notification.plan import (
    ENDING,
    Occasion,
    Plan,
    Planned,
    Share,
    after_predecessor,
    by_recipient,
    make_plan,
)
from notification.ports import Capabilities, Recipient, Text
from notification.rendering import farewell, render
from notification.reserve import divided

PREDECESSOR_SECONDS: Final = 0.2

log = structlog.get_logger()


class Plans(Protocol):
    """Where plans are kept: the first one of an alert wins."""

    async def find(self, alert_id: str) -> Plan | None:
        """Return the plan of an alert."""
        ...

    async def batches_of(self, plan: Plan) -> Sequence[Batch]:
        """Return the planned batches of a plan, in order."""
        ...

    async def store(self, plan: Plan, its_batches: Sequence[Batch], now: datetime) -> Plan:
        """Store a plan, and return the one that counts."""
        ...

    async def unsaid_of(self, plan: Plan) -> Sequence[StoredBatch]:
        """Return the first batches of a plan that are not known to be said."""
        ...

    async def unfinished(self, plan: Plan) -> Sequence[str]:
        """Return the planned batches of which somebody has come to no end."""
        ...

    async def stored_with_parts(self, batch_id: str) -> Sequence[StoredBatch]:
        """Return a planned batch, and its retries and halves."""
        ...

    async def mark_plan_said(self, alert_id: str) -> None:
        """Note that the stream has the plan."""
        ...

    async def mark_said(self, batch_ids: Sequence[str]) -> None:
        """Note that the stream has these batches."""
        ...


class Requested(Sayable, Protocol):
    """A batch to be said, read or as it is stored."""

    @property
    def batch_id(self) -> str:
        """Its id."""
        ...


Publish = Callable[..., Awaitable[Sent]]
PublishAll = Callable[..., Awaitable[Sequence[Sent | NotPublished]]]
Stop = Callable[[str, str], Awaitable[None]]
Refreshed = Callable[[], Awaitable[Audience]]
Channels = Mapping[str, Capabilities]
CascadeOf = Callable[[Priority], Cascade | None]


def together(_: Priority) -> Cascade | None:
    """Tell everybody on all of their channels at once, in every lane."""
    return None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Say plans and their batches, and mark what the stream has.

    `saying` are the alerts whose plan is being said at this moment.
    """

    plans: Plans
    publish: Publish
    publish_all: PublishAll
    saying: set[str] = field(default_factory=set)

    async def say_plan(self, plan: Plan, cause: Envelope) -> None:
        """Say a plan, then its batches that are not said; each is marked when it is.

        In a repair its unfinished batches are said again too: the stream may have lost them.
        """
        self.saying.add(plan.alert_id)
        try:
            await self.publish(plan.planned, cause=cause, repair=cause.repair)
            await self.plans.mark_plan_said(plan.alert_id)
            while unsaid := await self.plans.unsaid_of(plan):
                await self.say_batches(unsaid, cause)
        finally:
            self.saying.discard(plan.alert_id)
        if cause.repair:
            await self.say_again(plan, await self.plans.unfinished(plan), cause)

    async def say_again(self, plan: Plan, names: Sequence[str], cause: Envelope) -> None:
        """Say batches of a plan again, with their parts, under the number of a repair."""
        if names:
            log.warning("batches_said_again", alert_id=plan.alert_id, batches=len(names))
        for name in names:
            parts = await self.plans.stored_with_parts(name)
            await self.say_batches(parts, cause, cause.repair)

    async def say_batches(
        self, batches: Sequence[Requested], cause: Envelope | None, repair: int = 0
    ) -> None:
        """Say batches and mark those that the stream has; if it has not all, come again."""
        answers = await self.publish_all(batches, cause=cause, repair=repair)
        said = [
            batch.batch_id
            for batch, answer in zip(batches, answers, strict=True)
            if isinstance(answer, Sent)
        ]
        if said:
            await self.plans.mark_said(said)
        for answer in answers:
            if isinstance(answer, NotPublished):
                raise answer


@dataclass(frozen=True, slots=True)
class Planner:
    """What planning needs: the stores, the directory as it is now, and how to say things.

    `cascade_of` says in which order the channels of a person are tried in a lane, if they are.
    """

    plans: Plans
    audience: Refreshed
    stop: Stop
    speaker: Speaker
    clock: Clock
    channels: Channels
    cascade_of: CascadeOf = together

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
        await self.speaker.say_plan(plan, cause)

    async def _make(self, released: AlertReleased, cause: Envelope) -> Plan:
        """Freeze the audience and store it; whoever was first is returned."""
        for ended in released.ends:
            await self.stop(ended, released.alert_id)
        now = self.clock.now()
        before = await self._before(released, now)
        earlier = before.earlier if before else ()
        cascade = self.cascade_of(released.priority)
        occasion = Occasion(released, cause, earlier, now, cascade)
        if released.after is not None and before is None:
            log.warning("predecessor_never_planned", alert_id=released.alert_id)
            plan, batches = make_plan(occasion, (), 0, {})
        else:
            audience = await self.audience()
            plan, batches = await asyncio.to_thread(_cut, occasion, audience, before, self.channels)
        return await self.plans.store(plan, batches, now)

    async def _before(self, released: AlertReleased, now: datetime) -> "Before | None":
        """Return what the release follows; while that is not planned yet, come again.

        Past the life of the release nobody can be reached any more, so it is planned for nobody.
        """
        if released.after is None:
            return None
        found = await self.plans.find(released.after)
        if found is not None:
            return Before(found, tuple(await self.plans.batches_of(found)))
        if now >= released.expires_at:
            return None
        raise TemporaryFailure(
            f"the alert before it, {released.after}, is not planned yet", PREDECESSOR_SECONDS
        )


@dataclass(frozen=True, slots=True)
class Before:
    """The plan before this one in its chain, with its batches."""

    plan: Plan
    batches: tuple[Batch, ...]

    @property
    def earlier(self) -> tuple[str, ...]:
        """Return the alerts of the chain so far, newest first."""
        return (self.plan.alert_id, *self.plan.earlier)


def _cut(
    occasion: Occasion, audience: Audience, before: Before | None, channels: Channels
) -> Planned:
    """Find everybody and cut them into batches: seconds of work for a million people."""
    released = occasion.released
    shares: Iterable[Share]
    shares, people = _own_shares(occasion, audience, before, tuple(channels))
    if before is not None:
        goodbye = _farewells(released, before.plan)
        shares = after_predecessor(by_recipient(shares), before.batches, goodbye)
    sizes = {name: each.batch for name, each in channels.items()}
    return make_plan(occasion, _with_documents(shares, released.alert, channels), people, sizes)


def _with_documents(shares: Iterable[Share], alert: Alert, channels: Channels) -> Iterator[Share]:
    """Give the alert itself to those whose channel takes it: a follow-up is its own document."""
    document = ""
    for share in shares:
        if channels[share.channel].document:
            document = document or write_xml(alert).decode()
            yield replace(share, text=replace(share.text, document=document))
        else:
            yield share


def _own_shares(
    occasion: Occasion,
    audience: Audience,
    before: Before | None,
    channels: tuple[str, ...],
) -> tuple[list[Share], int]:
    """Return whom the alert reaches by its own words, and how many people that is.

    A cancel or an all-clear has no audience of its own, and an alert without words has none either:
    they go to those who were sent what they end.
    """
    released = occasion.released
    if before is not None and (released.follow_up in ENDING or not released.alert.infos):
        recipients = (each for batch in before.batches for each in batch.recipients)
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
            role=role,
        )
        for group, role in _groups(selection, channels, occasion.cascade)
    ]
    return shares, selection.people


def _groups(
    selection: Selection, channels: Collection[str], cascade: Cascade | None
) -> Iterable[tuple[Group, Role]]:
    """Return the groups on these channels: divided, where channels are tried in turn."""
    groups = (group for group in selection.groups() if group.channel in channels)
    return divided(groups, cascade) if cascade else ((group, Role.ALONE) for group in groups)


def _farewells(released: AlertReleased, predecessor: Plan) -> dict[tuple[str, str], Text]:
    """Return what those are told whom the follow-up's own words do not reach."""
    return {
        (channel, language): farewell(released, text, channel, language)
        for channel, by_language in predecessor.texts.items()
        for language, text in by_language.items()
    }
