"""Follow each journaled alert to its end: carry out what the reconciler decides."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from common.clock import Clock
from common.messaging.topology import TRIAGE_ACCEPTED, Consumer, planning
from common.observability import rings
from common.subjects import Priority
from intake.headway import Headway
from intake.journal import Closed, Progress
from intake.metrics import REPAIRS
from intake.ports import BusSilent, Counts, Followed, JournalUnavailable, Note, Says
from intake.reconciler import (
    AskSums,
    Close,
    Facts,
    Loss,
    NoteStored,
    ReadBack,
    ReadRelease,
    SayAgain,
    Step,
    Wait,
    next_step,
)

AT_ONCE: Final = 200
WINDOW: Final = 32
POSTPONED: Final = timedelta(seconds=2)
SILENT: Final = timedelta(seconds=10)
BLIND: Final = timedelta(minutes=1)
RINGS_FOR: Final = timedelta(minutes=15)
PLANNERS: Final = {lane: planning(lane) for lane in Priority}
WATCHED: Final = (TRIAGE_ACCEPTED, *PLANNERS.values())

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Whom following asks: the journal, the bus, the ledger, the clock."""

    journal: Followed
    bus: Says
    counts: Counts
    clock: Clock


class Following:
    """Look at the rows that are due, again and again."""

    def __init__(self, around: Surroundings, every_seconds: float) -> None:
        self._around = around
        self._every_seconds = every_seconds
        self._hearing_since: datetime | None = None
        self._headways = {consumer.name: Headway() for consumer in WATCHED}
        self._rang_at: dict[str, datetime] = {}
        for loss in Loss:  # a count that begins at 1 is no rise
            REPAIRS.labels(loss=loss)

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            if await self.once() < AT_ONCE:
                await asyncio.sleep(self._every_seconds)

    async def once(self) -> int:
        """Look at what is due now; return how many rows that were."""
        now = self._around.clock.now()
        self._listen(now)
        await asyncio.gather(*(self._watch(consumer, now) for consumer in WATCHED))
        self._quieten(now)
        try:
            rows = await self._around.journal.due(now, AT_ONCE)
            window = asyncio.Semaphore(WINDOW)
            notes = await asyncio.gather(*(self._within(window, row, now) for row in rows))
            if notes:
                await self._around.journal.note(notes, now)
        except JournalUnavailable as failure:
            log.warning("following_interrupted", failure=str(failure))
            return 0
        self._tell(notes, now)
        return len(rows)

    def _listen(self, now: datetime) -> None:
        """Note since when the bus can have told us something."""
        if not self._around.bus.is_up():
            self._hearing_since = None
        elif self._hearing_since is None:
            self._hearing_since = now

    async def _watch(self, consumer: Consumer, now: datetime) -> None:
        """Look how far it is; who cannot see it for long goes by what was seen no more."""
        headway = self._headways[consumer.name]
        try:
            if self._around.bus.is_up():
                headway = headway.saw(await self._around.bus.reach(consumer), now)
        except BusSilent as failure:
            log.warning("consumer_out_of_sight", consumer=consumer.name, failure=str(failure))
        blind = now - (headway.looked_at or now) >= BLIND
        self._headways[consumer.name] = Headway() if blind else headway

    async def _within(self, window: asyncio.Semaphore, row: Progress, now: datetime) -> Note:
        """Look at few rows at once."""
        async with window:
            return await self._look(row, now)

    async def _look(self, row: Progress, now: datetime) -> Note:
        """Ask the reconciler until it needs no more facts, and do as it says."""
        facts = self._facts(row, now)
        note = Note(row, now + POSTPONED)
        try:
            while True:
                step = next_step(row, now, facts)
                if isinstance(step, NoteStored):
                    row = replace(row, stored_at=now)
                    note = replace(note, stored_at=now)
                elif (learned := await self._learn(step, row, facts)) is not None:
                    facts = learned
                else:
                    return await self._end(step, note, now)
        except BusSilent:
            return replace(note, look_at=now + SILENT)

    def _facts(self, row: Progress, now: datetime) -> Facts:
        """Return what is known of a row without asking."""
        triage = self._headways[TRIAGE_ACCEPTED.name]
        lane = row.release.lane if row.release else Priority.ROUTINE
        planning = self._headways[PLANNERS[lane].name]
        return Facts(self._hearing_since or now, headway=triage, planning=planning)

    async def _learn(self, step: Step, row: Progress, facts: Facts) -> Facts | None:
        """Return the facts with what the step asks for; None if it asks for nothing."""
        if isinstance(step, ReadBack) and row.spot is not None:
            return replace(facts, found=await self._around.bus.read_back(row.spot, row.event_id))
        if isinstance(step, ReadRelease) and row.release is not None:
            release = row.release
            found = await self._around.bus.read_back(release.spot, release.event_id)
            return replace(facts, release=found)
        if isinstance(step, AskSums):
            return replace(facts, sums=await self._around.counts.sums(row.alert_id))
        return None

    async def _end(self, step: Step, note: Note, now: datetime) -> Note:
        """Do what a step says, and return what is to be noted."""
        match step:
            case Wait():
                return replace(note, look_at=step.until)
            case Close():
                return replace(note, closed=step.closed)
            case SayAgain():
                await self._say_again(step, note.row, now)
        return note

    async def _say_again(self, step: SayAgain, row: Progress, now: datetime) -> None:
        """Publish under the next repair id, and note where it lies now."""
        repair = row.repairs + 1
        saying = replace(await self._around.journal.saying(row.number), repair=repair)
        said = await self._around.bus.say([saying])
        if (spot := said.get(row.number)) is None:
            raise BusSilent("a repair was not acknowledged")
        await self._around.journal.note_repaired(row.number, spot, repair, now)
        REPAIRS.labels(loss=step.loss).inc()
        self._ring("repair_done", now, alert_id=row.alert_id, loss=str(step.loss), repair=repair)

    def _tell(self, notes: Sequence[Note], now: datetime) -> None:
        """Ring for each alert that ended its life on the way."""
        for note in notes:
            if note.closed is Closed.EXPIRED:
                self._ring("expired_in_journal", now, alert_id=note.row.alert_id)

    def _ring(self, condition: str, now: datetime, **fields: object) -> None:
        """Ring, and remember when; each alert has its own line."""
        log.error(condition, **fields)
        rings.ring(condition, **fields)
        self._rang_at[condition] = now

    def _quieten(self, now: datetime) -> None:
        """End the ringing for what has not happened again for a while."""
        for condition, at in list(self._rang_at.items()):
            if now - at >= RINGS_FOR:
                rings.quiet(condition)
                del self._rang_at[condition]
