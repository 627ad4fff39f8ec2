"""Count an alert's recipients per channel and outcome, each of them once."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import msgspec

from audit.entry import Entry
from common.events.notification import (
    NotificationPlanned,
    NotificationSettled,
    Outcome,
    OutcomeCorrected,
)
from common.questions.audit import ChannelCounts, Counts


class _Settlement(msgspec.Struct):
    recipient: str
    outcome: Outcome
    reason: str = ""
    possible_duplicate: bool = False


class _Settled(msgspec.Struct):
    channel: str
    settlements: list[_Settlement]


class _Planned(msgspec.Struct):
    people: int
    sums: dict[str, int]


class _Corrected(msgspec.Struct):
    channel: str


_SETTLED: Final = msgspec.json.Decoder(_Settled)
_PLANNED: Final = msgspec.json.Decoder(_Planned)
_CORRECTED: Final = msgspec.json.Decoder(_Corrected)


@dataclass(slots=True)
class _Channel:
    """What is counted of one channel; `settled` holds each recipient that came to an end."""

    planned: int = 0
    settled: set[str] = field(default_factory=set)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    corrections: int = 0
    possible_duplicates: int = 0
    again: int = 0

    def settle(self, settlement: _Settlement) -> None:
        """Count a recipient's end; the first one stands."""
        if settlement.recipient in self.settled:
            self.again += 1
            return
        self.settled.add(settlement.recipient)
        self.outcomes[settlement.outcome] += 1
        self.possible_duplicates += settlement.possible_duplicate
        if settlement.reason:
            self.reasons[settlement.reason] += 1

    def counts(self) -> ChannelCounts:
        """Return the sums as they are told."""
        settled = len(self.settled)
        return ChannelCounts(
            planned=self.planned,
            settled=settled,
            open=max(0, self.planned - settled),
            unplanned=max(0, settled - self.planned),
            outcomes=dict(self.outcomes),
            reasons=dict(self.reasons),
            corrections=self.corrections,
            possible_duplicates=self.possible_duplicates,
            again=self.again,
        )


class Tally:
    """The running sums of one alert: the first plan stands, and so does each first outcome."""

    def __init__(self, alert_id: str) -> None:
        self._alert_id = alert_id
        self._planned = False
        self._people = 0
        self._channels: dict[str, _Channel] = {}

    def take(self, entry: Entry) -> None:
        """Count an entry if it counts; a contradiction is for the timeline, not for the sums."""
        if entry.conflict or entry.alert_id != self._alert_id:
            return
        if entry.type == NotificationSettled.event_type:
            self._settle(_SETTLED.decode(entry.body))
        elif entry.type == NotificationPlanned.event_type and not self._planned:
            self._plan(_PLANNED.decode(entry.body))
        elif entry.type == OutcomeCorrected.event_type:
            self._of(_CORRECTED.decode(entry.body).channel).corrections += 1

    def counts(self) -> Counts:
        """Return the sums so far."""
        channels = {name: self._channels[name].counts() for name in sorted(self._channels)}
        return Counts(
            alert_id=self._alert_id, planned=self._planned, people=self._people, channels=channels
        )

    def _plan(self, planned: _Planned) -> None:
        self._planned = True
        self._people = planned.people
        for name, recipients in planned.sums.items():
            self._of(name).planned = recipients

    def _settle(self, settled: _Settled) -> None:
        channel = self._of(settled.channel)
        for settlement in settled.settlements:
            channel.settle(settlement)

    def _of(self, channel: str) -> _Channel:
        return self._channels.setdefault(channel, _Channel())
