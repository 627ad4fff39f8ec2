"""One batch in the hands of a worker: noted before each window, stored after, acked at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from common.clock import Clock
from common.events.notification import Outcome
from common.messaging.failures import LostRace, TemporaryFailure
from common.subjects import Priority
from notification import metrics
from notification.batch import Batch, moment
from notification.chain import Standing, standing_of, turn
from notification.outcomes import (
    Fate,
    Moment,
    PutAside,
    Settled,
    fate,
    not_sent,
    recipient_id,
    resumed,
)
from notification.ports import Answer, Channel, ProviderDown, Recipient, Unsure
from notification.progress import MOST_TRIES, Progress
from notification.reason import Reason
from notification.saying import Saying

SEND_SECONDS: Final = 60.0
PATIENCE: Final = timedelta(seconds=30)
PREDECESSOR_SECONDS: Final = 0.2

log = structlog.get_logger()


class ProgressKept(Protocol):
    """The record of one batch under compare-and-set; who loses the race raises `LostRace`."""

    async def load(self, batch_id: str) -> tuple[Progress, int] | None:
        """Return the record and its revision."""
        ...

    async def save(self, batch_id: str, progress: Progress, revision: int) -> int:
        """Replace the record, and return its new revision; revision 0 makes it."""
        ...


class Outcomes(Protocol):
    """Where outcomes are kept; what is returned is to be said."""

    async def record(self, batch: Batch, fates: Sequence[Fate], now: datetime) -> Sequence[Saying]:
        """Store what became of recipients of a batch."""
        ...

    async def known(self, batch: Batch) -> frozenset[str]:
        """Return whose outcome is stored, or who waits elsewhere."""
        ...

    async def sent(
        self, alerts: Sequence[str], channel: str, recipients: Sequence[Recipient]
    ) -> dict[str, bool]:
        """Return, for those with an outcome in these alerts, whether any was sent."""
        ...

    async def in_flight(
        self, alert_id: str, channel: str, batch_id: str, recipients: Sequence[Recipient]
    ) -> frozenset[str]:
        """Return who of these is with the provider at this moment, for this alert."""
        ...


Say = Callable[[Sequence[Saying]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker needs beside its channel."""

    progress: ProgressKept
    outcomes: Outcomes
    is_stopped: Callable[[str], Awaitable[bool]]
    say: Say
    split: Callable[[Batch, Sequence[Recipient], Sequence[str]], Awaitable[None]]
    bury: Callable[[Batch, str], Awaitable[None]]
    subscription_ended: Callable[[str, Reason], Awaitable[None]]
    clock: Clock
    random: Callable[[], float]


@dataclass(slots=True)
class Worker:
    """Deliver the batches of one channel in one lane, one at a time."""

    channel: Channel
    tools: Tools
    _waiting_since: dict[str, datetime] = field(default_factory=dict)

    async def deliver(self, batch: Batch, deliveries: int, progressed: Callable[[], None]) -> None:
        """Bring a batch to its end: every recipient settled, open or put aside.

        `TemporaryFailure` is a cause of the whole batch, which comes again. A lost race is no
        failure: somebody else works on it.
        """
        work = Work(self, batch, progressed)
        try:
            await work.begin()
            await work.run(fresh=deliveries <= 1 and work.is_new)
        except LostRace:
            metrics.BATCHES.labels(channel=batch.channel, end="lost race").inc()
            log.info("batch_left_to_another", batch_id=batch.batch_id)
        except TemporaryFailure:
            metrics.BATCHES.labels(channel=batch.channel, end="put back").inc()
            await work.put_back()
            raise
        else:
            metrics.BATCHES.labels(channel=batch.channel, end="done").inc()
            self._waiting_since.pop(batch.batch_id, None)

    def patience_is_over(self, batch: Batch, now: datetime) -> bool:
        """Whether a follow-up has waited long enough for what goes before it."""
        return now - self._waiting_since.setdefault(batch.batch_id, now) >= PATIENCE


class Work:
    """The work on one batch, with its record at the revision that we wrote last."""

    def __init__(self, worker: Worker, batch: Batch, progressed: Callable[[], None]) -> None:
        self._worker = worker
        self._tools = worker.tools
        self._batch = batch
        self._progressed = progressed
        self._record = Progress()
        self._revision = 0
        self._positions = {each.id: place for place, each in enumerate(batch.recipients)}
        self._suspects = set(batch.suspects)
        self._sayings: list[Saying] = []

    @property
    def is_new(self) -> bool:
        """Whether nobody has begun this batch before us."""
        return self._record.tries == 1 and self._record.started == "0"

    async def begin(self) -> None:
        """Take the record and note one more beginning."""
        found = await self._tools.progress.load(self._batch.batch_id)
        if found is not None:
            self._record, self._revision = found
        await self._save(self._record.begun())

    async def put_back(self) -> None:
        """Note that the batch itself is not to blame."""
        try:
            await self._save(self._record.ended_orderly())
        except TemporaryFailure:
            log.info("progress_not_noted", batch_id=self._batch.batch_id)

    async def run(self, *, fresh: bool) -> None:
        """Deliver what remains."""
        remaining = self._batch.recipients if fresh else await self._remaining()
        if self._record.tries > MOST_TRIES:
            await self._break_up(remaining)
            return
        if self._batch.after:
            remaining = await self._whose_turn_it_is(remaining)
        window = self._worker.channel.capabilities.window
        while remaining:
            ended = await self._ended()
            if ended is not None:
                await self._settle(not_sent(remaining, *ended, self._suspects))
                break
            await self._send(remaining[:window])
            remaining = remaining[window:]
        await self._save(self._record.leaving(range(len(self._batch.recipients))))
        await self._tools.say(self._sayings)

    async def _remaining(self) -> tuple[Recipient, ...]:
        """Return who is left after a crash, and settle or suspect who was with the provider."""
        known = await self._tools.outcomes.known(self._batch)
        remaining, unknown = [], []
        for place, recipient in enumerate(self._batch.recipients):
            if recipient.id in known or self._record.has_left(place):
                continue
            if self._record.is_with_the_provider(place):
                end = resumed(recipient, self._batch.priority)
                if end is not None:
                    unknown.append(end)
                    continue
                self._suspects.add(recipient.id)
            remaining.append(recipient)
        await self._settle(unknown)
        return tuple(remaining)

    async def _break_up(self, remaining: Sequence[Recipient]) -> None:
        """Split a batch that ends its workers, down to the one recipient that does it."""
        if len(remaining) > 1:
            await self._tools.split(self._batch, remaining, sorted(self._suspects))
        elif remaining:
            reason = Reason.KILLED_THE_WORKER
            await self._tools.bury(self._batch, f"{reason.sentence} ({remaining[0].id})")
            await self._settle([self._given_up(remaining[0])])
        await self._save(self._record.leaving(range(len(self._batch.recipients))))
        await self._tools.say(self._sayings)

    def _given_up(self, recipient: Recipient) -> Settled:
        """Settle the one that ends its workers; on immediate it may have been sent."""
        suspect = recipient.id in self._suspects
        outcome = Outcome.UNKNOWN if suspect else Outcome.FAILED
        return Settled(recipient.id, outcome, Reason.KILLED_THE_WORKER, "", suspect, suspect)

    async def _whose_turn_it_is(self, remaining: Sequence[Recipient]) -> tuple[Recipient, ...]:
        """Wait for what goes before, then pass over those who were not sent it, if it ends that."""
        batch, outcomes = self._batch, self._tools.outcomes
        now = self._tools.clock.now()
        flying = await outcomes.in_flight(batch.earlier[0], batch.channel, batch.after, remaining)
        sent = await outcomes.sent(batch.earlier, batch.channel, remaining)

        def standing(recipient: Recipient) -> Standing:
            return standing_of(recipient, sent, flying)

        over = self._worker.patience_is_over(batch, now)
        turns = turn(remaining, standing, only_if_sent=batch.only_if_sent, patience_over=over)
        if turns.waiting:
            waiting = "what it follows is still with the provider"
            raise TemporaryFailure(waiting, PREDECESSOR_SECONDS)
        reason = Reason.NOT_SENT_THE_ALERT_IT_ENDS
        await self._settle(not_sent(turns.passed_over, Outcome.SUPPRESSED, reason, self._suspects))
        return turns.go

    async def _ended(self) -> tuple[Outcome, Reason] | None:
        """Look once more, just before a window: is it over for this alert?"""
        if self._tools.clock.now() >= moment(self._batch.expires_at):
            return Outcome.EXPIRED, Reason.EXPIRED
        if await self._tools.is_stopped(self._batch.alert_id):
            return Outcome.STOPPED, Reason.STOPPED
        return None

    async def _send(self, recipients: Sequence[Recipient]) -> None:
        """Note a window as started, look once more, send it, and store what became of it."""
        places = [self._positions[each.id] for each in recipients]
        await self._save(self._record.starting(places))
        ended = await self._ended()
        if ended is not None:
            await self._settle(not_sent(recipients, *ended, self._suspects))
            return
        self._measure_first_send()
        try:
            answers = await self._answers(recipients)
        except ProviderDown:
            metrics.PROVIDER_UP.labels(channel=self._batch.channel).set(0)
            await self._save(self._record.not_starting(places))
            raise
        metrics.PROVIDER_UP.labels(channel=self._batch.channel).set(1)
        await self._store(recipients, answers)

    async def _answers(self, recipients: Sequence[Recipient]) -> Sequence[Answer]:
        """Send a window; a channel that does not come back leaves all of it unknown."""
        window = self._batch.window(tuple(recipients))
        try:
            return await asyncio.wait_for(self._worker.channel.send(window), SEND_SECONDS)
        except TimeoutError:
            return [Unsure(Reason.ANSWER_OVERDUE)] * len(recipients)

    async def _store(self, recipients: Sequence[Recipient], answers: Sequence[Answer]) -> None:
        """Store what the provider answered."""
        at = self._moment()
        fates = [
            fate(recipient, answer, at, suspect=recipient.id in self._suspects)
            for recipient, answer in zip(recipients, answers, strict=True)
        ]
        await self._settle(fates)
        for each in fates:
            if isinstance(each, PutAside):
                metrics.PUT_ASIDE.labels(channel=self._batch.channel, reason=each.reason).inc()
            elif isinstance(each, Settled) and each.reason is Reason.SUBSCRIPTION_ENDED:
                await self._tools.subscription_ended(each.recipient, each.reason)

    async def _settle(self, fates: Sequence[Fate]) -> None:
        """Store fates, count them, and remember what is to be said."""
        if not fates:
            return
        now = self._tools.clock.now()
        self._sayings += await self._tools.outcomes.record(self._batch, fates, now)
        places = [self._positions[recipient_id(each)] for each in fates]
        self._record = self._record.leaving(places)
        self._progressed()

    def _moment(self) -> Moment:
        """Return what decisions about answers depend on now."""
        return Moment(
            now=self._tools.clock.now(),
            expires_at=moment(self._batch.expires_at),
            provider=self._worker.channel.provider,
            receipt_deadline_seconds=self._worker.channel.capabilities.receipt_deadline_seconds,
            priority=Priority(self._batch.priority),
            attempt=self._batch.attempt,
            jitter=self._tools.random(),
        )

    def _measure_first_send(self) -> None:
        """Measure how long it took until somebody of this batch was sent anything."""
        if self._record.left == "0" and not self._batch.attempt:
            taken = self._tools.clock.now() - moment(self._batch.accepted_at)
            labels = {"channel": self._batch.channel, "priority": self._batch.priority}
            metrics.FIRST_SEND_SECONDS.labels(**labels).observe(max(taken.total_seconds(), 0))

    async def _save(self, record: Progress) -> None:
        """Write the record where it is still as we left it."""
        self._revision = await self._tools.progress.save(
            self._batch.batch_id, record, self._revision
        )
        self._record = record
