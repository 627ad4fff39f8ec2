"""The work on one batch: each window noted before it is sent, and stored after."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog
from msgspec.structs import replace

from common.events.notification import Outcome
from common.messaging.failures import TemporaryFailure
from common.subjects import Priority
from notification import metrics
from notification.batch import Batch, moment
from notification.chain import Standing, standing_of, turn
from notification.hold import Hold
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
from notification.ports import Channel, ProviderDown, Recipient, Said, Unsure
from notification.progress import MOST_TRIES
from notification.reason import Reason
from notification.saying import Saying
from notification.tools import Tools

SEND_SECONDS: Final = 60.0
PATIENCE: Final = timedelta(seconds=30)
PREDECESSOR_SECONDS: Final = 0.2
STORE_AGAIN_SECONDS: Final = 1.0
STORE_TRIES: Final = 45
LEAST_WAIT_SECONDS: Final = 1.0
WINDOWS_UNDER_WAY: Final = 2

log = structlog.get_logger()


class Flight(NamedTuple):
    """A window that is with providers."""

    recipients: Sequence[Recipient]
    answers: "asyncio.Task[Sequence[Said]]"


class Work:
    """The work on one batch, under our hold on it."""

    def __init__(
        self,
        channel: Channel,
        tools: Tools,
        batch: Batch,
        holder: str,
        progressed: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._tools = tools
        self._batch = batch
        self._progressed = progressed
        self._hold = Hold(batch.batch_id, holder, tools.progress, tools.clock)
        self._positions = {each.id: place for place, each in enumerate(batch.recipients)}
        self._suspects = set(batch.suspects)
        self._sayings: list[Saying] = []

    async def begin(self, lease_seconds: float) -> None:
        """Take the batch, unless somebody else is at work on it."""
        await self._hold.take(lease_seconds)

    async def put_back(self) -> None:
        """Note that the batch itself is not to blame."""
        await self._hold.put_back()

    async def run(self) -> None:
        """Bring what remains to its end."""
        if self._batch.again:
            await self._tools.keep(self._batch)
        remaining = await self._remaining()
        if self._hold.record.tries > MOST_TRIES:
            await self._break_up(remaining)
        else:
            await self._deliver(remaining)
        everybody = range(len(self._batch.recipients))
        await self._hold.write(self._hold.record.leaving(everybody).ended_orderly())
        await self._tools.say(self._sayings)

    async def _deliver(self, remaining: Sequence[Recipient]) -> None:
        """Send window after window, as long as the alert lives."""
        if self._batch.after and await self._ended() is None:
            remaining = await self._whose_turn_it_is(remaining)
        under_way: deque[Flight] = deque()
        try:
            await self._send_windows(remaining, under_way)
        except TemporaryFailure:
            for flight in under_way:
                with suppress(TemporaryFailure):
                    await self._finish(flight)
            raise
        finally:
            for flight in under_way:
                flight.answers.cancel()
            await asyncio.gather(*(each.answers for each in under_way), return_exceptions=True)

    async def _send_windows(self, remaining: Sequence[Recipient], under_way: deque[Flight]) -> None:
        """Send the next window while the one before is answered: one slow recipient holds none.

        After a crash there is one at a time, to learn which one it was.
        """
        size = self._channel.window
        most = WINDOWS_UNDER_WAY if self._hold.record.tries == 1 else 1
        while remaining or under_way:
            if not remaining or len(under_way) == most:
                await self._finish(under_way.popleft())
                continue
            window = remaining[:size]
            ended = await self._noted(window)
            if ended is not None:
                await self._settle(not_sent(remaining, *ended, self._suspects))
                remaining = ()
            else:
                under_way.append(Flight(window, asyncio.create_task(self._answers(window))))
                remaining = remaining[size:]

    async def _remaining(self) -> tuple[Recipient, ...]:
        """Return who has no end yet, and settle or suspect who was with a provider at a crash."""
        known = await self._tools.outcomes.known(self._batch)
        remaining, unknown = [], []
        for place, recipient in enumerate(self._batch.recipients):
            if recipient.id in known or self._hold.record.has_left(place):
                continue
            if self._hold.record.is_with_the_provider(place):
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
            doubted = replace(self._batch, suspects=tuple(sorted(self._suspects)))
            await self._tools.bury(doubted, f"{reason.sentence} ({remaining[0].id})")
            await self._settle([self._given_up(remaining[0])])

    def _given_up(self, recipient: Recipient) -> Settled:
        """Settle the one that ends its workers; on immediate it may have been sent."""
        suspect = recipient.id in self._suspects
        outcome = Outcome.UNKNOWN if suspect else Outcome.FAILED
        return Settled(recipient.id, outcome, Reason.KILLED_THE_WORKER, "", suspect, suspect)

    async def _whose_turn_it_is(self, remaining: Sequence[Recipient]) -> tuple[Recipient, ...]:
        """Wait for what goes before, then pass over those who were not sent it, if it ends that.

        Since when it waits stands in the record, so that no restart makes the wait longer.
        """
        batch, outcomes = self._batch, self._tools.outcomes
        flying = await outcomes.in_flight(batch, remaining)
        sent = await outcomes.sent(batch.earlier, batch.channel, remaining)

        def standing(recipient: Recipient) -> Standing:
            return standing_of(recipient, sent, flying)

        over = self._tools.clock.now() - self._hold.waiting_since() >= PATIENCE
        turns = turn(remaining, standing, only_if_sent=batch.only_if_sent, patience_over=over)
        if turns.waiting:
            waiting = "what it follows is still with the provider"
            raise TemporaryFailure(waiting, PREDECESSOR_SECONDS)
        reason = Reason.NOT_SENT_THE_ALERT_IT_ENDS
        await self._settle(not_sent(turns.passed_over, Outcome.SUPPRESSED, reason, self._suspects))
        return turns.go

    async def _ended(self) -> tuple[Outcome, Reason] | None:
        """Look once more: is it over for this alert?"""
        if self._tools.clock.now() >= moment(self._batch.expires_at):
            return Outcome.EXPIRED, Reason.EXPIRED
        if await self._tools.is_stopped(self._batch.alert_id):
            return Outcome.STOPPED, Reason.STOPPED
        return None

    async def _noted(self, recipients: Sequence[Recipient]) -> tuple[Outcome, Reason] | None:
        """Note a window as started, and look once more: if it is over for this alert, say so."""
        places = [self._positions[each.id] for each in recipients]
        await self._hold.write(self._hold.record.starting(places))
        ended = await self._ended()
        if ended is None:
            self._measure_first_send()
        return ended

    async def _finish(self, flight: Flight) -> None:
        """Wait for the answers to a window, and store what became of it."""
        try:
            answers = await flight.answers
        except ProviderDown:
            await self._hold.write(
                self._hold.record.not_starting(self._without_suspects(flight.recipients))
            )
            raise
        await self._hold.check()
        await self._store(flight.recipients, answers)

    def _without_suspects(self, recipients: Sequence[Recipient]) -> list[int]:
        """Return the places of those who were certainly never sent this."""
        return [self._positions[each.id] for each in recipients if each.id not in self._suspects]

    async def _answers(self, recipients: Sequence[Recipient]) -> Sequence[Said]:
        """Send a window; a channel that does not come back leaves all of it unknown."""
        window = self._batch.window(tuple(recipients))
        try:
            return await asyncio.wait_for(
                self._channel.send(window, self._still_stands), SEND_SECONDS
            )
        except TimeoutError:
            return [Said(Unsure(Reason.ANSWER_OVERDUE), "")] * len(recipients)

    async def _still_stands(self) -> bool:
        """Look once more, before another provider is asked."""
        return await self._ended() is None

    async def _store(self, recipients: Sequence[Recipient], answers: Sequence[Said]) -> None:
        """Store what the provider answered."""
        at = self._moment()
        fates = [
            fate(recipient, answer, at, suspect=recipient.id in self._suspects)
            for recipient, answer in zip(recipients, answers, strict=True)
        ]
        later = [each for each in fates if isinstance(each, PutAside) and self._batch.again]
        await self._settle([each for each in fates if each not in later])
        metrics.count_answers(self._batch.channel, fates)
        for each in fates:
            if isinstance(each, Settled) and each.reason is Reason.SUBSCRIPTION_ENDED:
                await self._tools.subscription_ended(each.recipient, each.reason)
        if later:
            await self._come_again(later, at.now)

    async def _come_again(self, later: Sequence[PutAside], now: datetime) -> None:
        """Have the batch come again: who has an outcome that stands is not put aside."""
        certain = [self._positions[each.recipient.id] for each in later if not each.suspect]
        await self._hold.write(self._hold.record.not_starting(certain))
        wait = (max(each.due for each in later) - now).total_seconds()
        raise TemporaryFailure(later[0].reason.sentence, max(wait, LEAST_WAIT_SECONDS))

    async def _settle(self, fates: Sequence[Fate]) -> None:
        """Store fates, and remember what is to be said."""
        if not fates:
            return
        self._sayings += await self._recorded(fates)
        places = [self._positions[recipient_id(each)] for each in fates]
        self._hold.record = self._hold.record.leaving(places)
        self._progressed()

    async def _recorded(self, fates: Sequence[Fate]) -> Sequence[Saying]:
        """Store fates: what a provider said is worth patience, as long as the batch is ours.

        A disk may be full for a while. Who gave up here would not know any more who was sent this.
        """
        for _ in range(STORE_TRIES - 1):
            try:
                return await self._record_once(fates)
            except TemporaryFailure:
                await asyncio.sleep(STORE_AGAIN_SECONDS)
                await self._hold.check()
        return await self._record_once(fates)

    async def _record_once(self, fates: Sequence[Fate]) -> Sequence[Saying]:
        """Store fates, and return what is to be said of them."""
        return await self._tools.outcomes.record(self._batch, fates, self._tools.clock.now())

    def _moment(self) -> Moment:
        """Return what decisions about answers depend on now."""
        return Moment(
            now=self._tools.clock.now(),
            expires_at=moment(self._batch.expires_at),
            receipt_deadline_seconds=self._channel.capabilities.receipt_deadline_seconds,
            priority=Priority(self._batch.priority),
            attempt=self._batch.attempt,
            jitter=self._tools.random(),
        )

    def _measure_first_send(self) -> None:
        """Measure how long it took until somebody of this batch was sent anything."""
        if self._hold.record.left == "0" and not self._batch.attempt:
            taken = self._tools.clock.now() - moment(self._batch.accepted_at)
            labels = {"channel": self._batch.channel, "priority": self._batch.priority}
            metrics.FIRST_SEND_SECONDS.labels(**labels).observe(max(taken.total_seconds(), 0))
