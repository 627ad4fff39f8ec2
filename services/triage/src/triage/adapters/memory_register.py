"""A register in memory, for tests of whatever uses one; it keeps the promises of the real one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from common.events.triage import AlertEnded
from triage.chain import Earlier
from triage.register import (
    Change,
    Decision,
    Entry,
    Facts,
    Judge,
    Resolution,
    Resolve,
    Saying,
    Submission,
    submission_told,
    withdrawn_sentence,
)


@dataclass(slots=True)
class _Kept:
    """A saying, because of which submission and about which, in which chain, and if it is said."""

    saying: Saying
    because: str
    about: str
    chain: str
    said: bool = False


class MemoryRegister:
    """Keep entries, chains and sayings in dictionaries; one decision at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._submissions: set[str] = set()
        self._entries: dict[str, Entry] = {}
        self._known: dict[str, Earlier] = {}
        self._sayings: list[_Kept] = []

    async def sayings_of(self, event_id: str) -> Sequence[Saying]:
        """Return all that was said about a submission, ends first; nothing if it is new."""
        told = [kept.saying for kept in self._sayings if event_id in (kept.because, kept.about)]
        return sorted(told, key=lambda each: each.event_type != AlertEnded.event_type)

    async def decide(self, submission: Submission, judge: Judge) -> Decision:
        """Store the submission and what `judge` makes of it, at once."""
        async with self._turn:
            if submission.event_id in self._submissions:
                return Decision(await self.sayings_of(submission.event_id))
            change = judge(self._facts(submission))
            self._submissions.add(submission.event_id)
            return Decision(self._write(change), change)

    async def resolve(self, alert_id: str, resolve: Resolve) -> Resolution | None:
        """Let `resolve` change how an alert stands; None if it is unknown."""
        async with self._turn:
            entry = self._entries.get(alert_id)
            if entry is None:
                return None
            change = resolve(entry, self._facts(entry.submission))
            if change is None:
                return Resolution(entry, fresh=False)
            return Resolution(change.entry, self._write(change))

    async def held(self) -> Sequence[Entry]:
        """Return the alerts that wait, the one that waits longest first."""
        waiting = [entry for entry in self._entries.values() if entry.verdict == "held"]
        return sorted(waiting, key=lambda entry: (entry.decided_at, entry.alert_id))

    async def unsaid(self, most: int) -> Sequence[Saying]:
        """Return the oldest events that are not known to be on the bus, in order."""
        return [kept.saying for kept in self._sayings if not kept.said][:most]

    async def said(self, positions: Sequence[int], now: datetime) -> None:
        """Note that the bus has these."""
        del now
        for position in positions:
            self._sayings[position - 1].said = True

    def _facts(self, submission: Submission) -> Facts:
        """Return what is known around an alert."""
        alert_id = submission.accepted.alert_id
        shared = {alert_id, *submission.names}
        chains = {
            known.chain
            for known in self._known.values()
            if known.alert_id != alert_id
            and shared.intersection(
                (known.alert_id, *self._entries[known.alert_id].submission.names)
            )
        }
        earlier = (
            known
            for known in self._known.values()
            if known.chain in chains and known.alert_id != alert_id
        )
        first = self._entries.get(alert_id)
        return Facts(
            earlier=tuple(sorted(earlier, key=lambda known: known.sent)),
            duplicate=first is not None and first.submission.event_id != submission.event_id,
        )

    def _write(self, change: Change) -> Sequence[Saying]:
        """Write a change, and return what its chain has not said yet."""
        if change.known is not None:
            self._entries[change.entry.alert_id] = change.entry
            self._known[change.entry.alert_id] = change.known
        for ended in change.ended:
            self._known[ended.alert_id] = replace(self._known[ended.alert_id], ended=True)
        for withdrawn in change.withdrawn:
            self._withdraw(withdrawn.alert_id, change)
        for known in list(self._known.values()):
            if change.known is not None and known.chain in change.joins:
                self._known[known.alert_id] = replace(known, chain=change.known.chain)
        chain = change.known.chain if change.known else change.entry.alert_id
        self._keep(change, chain)
        return [kept.saying for kept in self._sayings if kept.chain == chain and not kept.said]

    def _withdraw(self, alert_id: str, change: Change) -> None:
        """Note that an alert which waited is not to go out any more."""
        self._known[alert_id] = replace(
            self._known[alert_id], verdict="suppressed", reason="withdrawn"
        )
        self._entries[alert_id] = replace(
            self._entries[alert_id],
            verdict="suppressed",
            reason="withdrawn",
            sentence=withdrawn_sentence(change),
            decided_at=change.entry.decided_at,
        )

    def _keep(self, change: Change, chain: str) -> None:
        """Keep what is to be said, in order."""
        because = change.entry.submission
        for event in change.events:
            saying = Saying.of(len(self._sayings) + 1, event, because.envelope)
            about = submission_told(change, event)
            self._sayings.append(_Kept(saying, because.event_id, about, chain))
