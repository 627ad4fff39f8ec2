"""Hold what was planned, what was settled and what the providers saw against one another."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from common.subjects import Priority
from notification.batch import read_batch
from sandbox.witness import Received

TOLD: Final = frozenset({"delivered", "accepted"})
FAILED: Final = "failed"
NEVER_HEARD_OF: Final = "receipt_overdue"
KNOWS_BY: Final[Mapping[str, Callable[[Received], str]]] = MappingProxyType(
    {
        # A receiver drops a `webhook-id` that it knows. A feed has no repeats that could be
        # dropped: it is what stands in it, so that each entry counts.
        "webhook": attrgetter("reference"),
        "feed": attrgetter("id"),
    }
)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What became of the recipients of one alert.

    The first four lists must be empty, and so must `twice_after_dedupe`: those who were told twice
    where the sink drops repeats by our reference. `dropped` is how many repeats it drops.
    """

    planned: int
    outcomes: Mapping[str, int]
    without_outcome: Sequence[str] = ()
    settled_but_not_received: Sequence[str] = ()
    failed_but_not_refused: Sequence[str] = ()
    twice_and_not_flagged: Sequence[str] = ()
    twice: Sequence[str] = ()
    flagged: int = 0
    twice_after_dedupe: Sequence[str] = ()
    dropped: int = 0

    @property
    def lost(self) -> int:
        """How many have no outcome, or count as sent and got nothing, or failed for no reason."""
        lists = (self.without_outcome, self.settled_but_not_received, self.failed_but_not_refused)
        return sum(map(len, lists))

    @property
    def right(self) -> bool:
        """Whether nobody was lost, or told twice without a flag or in spite of our reference."""
        wrong = self.lost or self.twice_and_not_flagged or self.twice_after_dedupe
        return self.planned > 0 and not wrong


@dataclass(slots=True)
class _Row:
    """One recipient: where it is reached, how its outcome is stored, and what it was told.

    `kept` is what remains where the sink drops repeats, and all of it elsewhere.
    """

    address: str
    urgent: bool
    outcome: str | None = None
    flagged: bool = False
    received: int = 0
    kept: int = 0
    refused: bool = False


def reckon(
    delivery_store: Path, alert_id: str, written_down: Mapping[str, Sequence[Received]]
) -> Reckoning:
    """Compare the plan and the outcomes in notification's store with what sinks wrote down.

    Whose receipt never came may have got nothing, except on immediate: there a peer is asked.
    """
    rows = _rows(delivery_store, alert_id)
    seen = {channel: _by_address(all_of) for channel, all_of in written_down.items()}
    for (channel, _), row in rows.items():
        messages = seen[channel].get(row.address, ())
        taken = [each for each in messages if each.accepted]
        row.received, row.kept = len(taken), _kept(channel, taken)
        row.refused = len(messages) > len(taken)
    names = {key: f"{key[0]}/{key[1]}" for key in rows}
    twice = [key for key, row in rows.items() if row.received > 1]
    return Reckoning(
        planned=len(rows),
        outcomes=Counter(row.outcome or "open" for row in rows.values()),
        without_outcome=[names[key] for key, row in rows.items() if row.outcome is None],
        settled_but_not_received=[
            names[key] for key, row in rows.items() if row.outcome in TOLD and not row.received
        ],
        failed_but_not_refused=[
            names[key] for key, row in rows.items() if row.outcome == FAILED and not row.refused
        ],
        twice_and_not_flagged=[names[key] for key in twice if not rows[key].flagged],
        twice=[names[key] for key in twice],
        flagged=sum(row.flagged for row in rows.values()),
        twice_after_dedupe=[
            names[key] for key in twice if key[0] in KNOWS_BY and rows[key].kept > 1
        ],
        dropped=sum(row.received - row.kept for row in rows.values()),
    )


def _by_address(received: Iterable[Received]) -> Mapping[str, Sequence[Received]]:
    """Return what came to each address."""
    found: dict[str, list[Received]] = defaultdict(list)
    for each in received:
        found[each.address].append(each)
    return found


def _kept(channel: str, messages: Sequence[Received]) -> int:
    """Count what remains after a sink has dropped what it knows."""
    known_by = KNOWS_BY.get(channel)
    return len(messages) if known_by is None else len({known_by(each) for each in messages})


def _rows(delivery_store: Path, alert_id: str) -> dict[tuple[str, str], _Row]:
    """Return each planned recipient by channel and id, with its outcome if it has one."""
    with closing(sqlite3.connect(f"file:{delivery_store}?mode=ro", uri=True)) as store:
        bodies = store.execute(
            "SELECT body FROM batches WHERE alert_id = ? AND planned", (alert_id,)
        ).fetchall()
        ended = store.execute(
            "SELECT channel, recipient, outcome, possible_duplicate, reason FROM outcomes"
            " WHERE alert_id = ?",
            (alert_id,),
        ).fetchall()
    rows = {
        (batch.channel, recipient.id): _Row(
            _reached_at(batch.channel, recipient.address), batch.priority is Priority.IMMEDIATE
        )
        for batch in (read_batch(body) for (body,) in bodies)
        for recipient in batch.recipients
    }
    for channel, recipient, outcome, flagged, reason in ended:
        row = rows[channel, recipient]
        row.outcome, row.flagged = outcome, bool(flagged)
        if reason == NEVER_HEARD_OF and not row.urgent:
            row.outcome = f"{outcome} ({reason})"
    return rows


def _reached_at(channel: str, address: str) -> str:
    """Return the address as the provider knows it."""
    if channel != "push":
        return address
    return str(msgspec.json.decode(address)["endpoint"])
