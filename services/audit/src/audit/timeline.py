"""Tell what happened to an alert: entries in, lines for people and sums out."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from audit.counts import Tally
from audit.entry import Entry, Numbered, instant
from common.events.dead import DeadLetter
from common.events.intake import AlertAccepted
from common.events.notification import NotificationPlanned, NotificationSettled, OutcomeCorrected
from common.events.triage import (
    AlertApproved,
    AlertEnded,
    AlertHeld,
    AlertRejected,
    AlertReleased,
    AlertSuppressed,
)
from common.questions.audit import ChannelCounts, Counts, Moment, Timeline

MOST_MOMENTS: Final = 1_000
Said = Mapping[str, Any]


def timeline(alert_id: str, entries: Iterable[Numbered]) -> Timeline:
    """Return the timeline of an alert from the entries that speak of it."""
    tale = Tale(alert_id)
    for numbered in entries:
        tale.take(numbered)
    return tale.told()


class Tale:
    """A timeline that grows entry by entry; outcomes become one line per channel."""

    def __init__(self, alert_id: str) -> None:
        self._alert_id = alert_id
        self._tally = Tally(alert_id)
        self._moments: list[Moment] = []
        self._outcomes: dict[tuple[str, str], Moment] = {}
        self._left_out = 0

    def take(self, numbered: Numbered) -> None:
        """Add an entry; one that cannot be read is a line, never a silence."""
        try:
            self._tally.take(numbered.entry)
        except msgspec.ValidationError as wrong:
            self._add(_moment(numbered, "unreadable", f"{numbered.entry.type}: {wrong}"))
            return
        what, tells = TOLD.get(numbered.entry.type, ("other", _other))
        if numbered.entry.conflict:
            self._add(_moment(numbered, "conflict", _contradiction(numbered.entry)))
        elif what in LONG:
            self._lengthen(numbered, what)
        else:
            self._add(_moment(numbered, what, tells(_said(numbered.entry))))

    def told(self) -> Timeline:
        """Return the timeline so far, in the order of time."""
        counts = self._tally.counts()
        long = (_summed(*key, moment, counts) for key, moment in self._outcomes.items())
        moments = sorted([*self._moments, *long], key=lambda each: (each.at, each.number))
        if self._left_out:
            moments.append(_more(moments[-1], self._left_out))
        return Timeline(alert_id=self._alert_id, moments=tuple(moments), counts=counts)

    def _add(self, moment: Moment) -> None:
        """Add a line; past the most that fit in an answer they are counted only."""
        if len(self._moments) < MOST_MOMENTS:
            self._moments.append(moment)
        else:
            self._left_out += 1

    def _lengthen(self, numbered: Numbered, what: str) -> None:
        """Begin a line for the outcomes of a channel, or draw it out to this entry."""
        channel = numbered.entry.subject.rpartition(".")[2]
        at = instant(numbered.entry.said_at)
        key = (what, channel)
        first = self._outcomes.setdefault(key, _moment(numbered, what, ""))
        spans = {"at": min(first.at, at), "until": max(first.until or at, at)}
        self._outcomes[key] = first.model_copy(update=spans)


def _moment(numbered: Numbered, what: str, sentence: str) -> Moment:
    at = instant(numbered.entry.said_at)
    return Moment(at=at, number=numbered.number, what=what, sentence=sentence)


def _more(last: Moment, left_out: int) -> Moment:
    sentence = f"and {left_out} more entries, which are in the ledger"
    return Moment(at=last.at, number=last.number, what="other", sentence=sentence)


def _said(entry: Entry) -> Said:
    """Return the body of an entry where it is an object; an older version may lack fields."""
    document = msgspec.json.decode(entry.body)
    shown = {"type": entry.type, "subject": entry.subject}
    return {**shown, **document} if isinstance(document, dict) else shown


def _summed(what: str, channel: str, moment: Moment, counts: Counts) -> Moment:
    """Complete the line of a channel's outcomes with its sums."""
    sums = counts.channels.get(channel, ChannelCounts())
    sentence = _settled(sums) if what == "settled" else f"{sums.corrections} by a later receipt"
    return moment.model_copy(update={"sentence": f"{channel}: {sentence}"})


def _settled(sums: ChannelCounts) -> str:
    parts = [f"{outcome} {number}" for outcome, number in sorted(sums.outcomes.items())]
    if sums.possible_duplicates:
        parts.append(f"possibly twice {sums.possible_duplicates}")
    if sums.open:
        parts.append(f"open {sums.open}")
    return f"{sums.settled} of {sums.planned} settled: {', '.join(parts)}"


def _accepted(said: Said) -> str:
    alert = said.get("alert", {})
    infos: list[dict[str, Any]] = alert.get("info") or [{}]
    first = infos[0]
    title = first.get("headline") or first.get("event") or "without info"
    kind = f"{alert.get('status', '')} {alert.get('msgType', '')}".strip()
    sentence = f"{kind} from {alert.get('sender', '?')}, by {said.get('publisher', '?')}: {title}"
    noticed = [*said.get("flags", []), *said.get("concerns", [])]
    return f"{sentence} ({'; '.join(noticed)})" if noticed else sentence


def _verdict(said: Said) -> str:
    return f"{said.get('sentence', '')} ({said.get('reason', '')})"


def _held(said: Said) -> str:
    return f"{_verdict(said)} until {_clock_time(said.get('held_until'))}"


def _decided(said: Said) -> str:
    return f"by {said.get('approver', '?')}: {_verdict(said)}"


def _released(said: Said) -> str:
    audience = said.get("audience", {})
    whom = [*(["everyone"] if audience.get("everyone") else []), *audience.get("groups", [])]
    whom += ["those in its area"] if audience.get("by_area") else []
    lane = said.get("priority", "?")
    until = _clock_time(said.get("expires_at"))
    return f"{lane}, to {', '.join(whom) or 'nobody'}, until {until}: {_verdict(said)}"


def _ended(said: Said) -> str:
    return f"by {said.get('ended_by', '?')}: {_verdict(said)}"


def _planned(said: Said) -> str:
    sums = ", ".join(f"{name} {number}" for name, number in sorted(said.get("sums", {}).items()))
    batches: list[dict[str, Any]] = said.get("batches", [])
    people = f"for {said.get('people', 0)} people in {len(batches)} batches: {sums or 'nobody'}"
    steps = ", then ".join(str(each.get("channel", "?")) for each in said.get("cascade", ()))
    waiting = sum(each.get("recipients", 0) for each in batches if each.get("in_reserve"))
    return f"{people}; tried in turn: {steps}, {waiting} in reserve" if steps else people


def _dead(said: Said) -> str:
    gave_up, consumer = said.get("service", "?"), said.get("consumer", "?")
    return f"{gave_up} gave up on {consumer} after {said.get('deliveries', 0)} deliveries: " + str(
        said.get("reason", "")
    )


def _other(said: Said) -> str:
    return f"{said['type']} on {said['subject']}"


def _contradiction(entry: Entry) -> str:
    return f"event {entry.event_id} ({entry.type}) was said again and says something else"


def _clock_time(text: Any) -> str:
    """Return a time as people write it."""
    try:
        return f"{datetime.fromisoformat(str(text)):%Y-%m-%d %H:%M:%S %Z}"
    except ValueError:
        return str(text)


TOLD: Final[Mapping[str, tuple[str, Callable[[Said], str]]]] = {
    AlertAccepted.event_type: ("accepted", _accepted),
    AlertHeld.event_type: ("held", _held),
    AlertApproved.event_type: ("approved", _decided),
    AlertRejected.event_type: ("rejected", _decided),
    AlertSuppressed.event_type: ("suppressed", _verdict),
    AlertReleased.event_type: ("released", _released),
    AlertEnded.event_type: ("ended", _ended),
    NotificationPlanned.event_type: ("planned", _planned),
    NotificationSettled.event_type: ("settled", _other),
    OutcomeCorrected.event_type: ("corrected", _other),
    DeadLetter.event_type: ("dead", _dead),
}
LONG: Final = frozenset({"settled", "corrected"})
