"""What providers owe and deliver, in SQL: counted over all processes, to find out who is silent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Table, case, delete, select, update

from common.database import insert_absent
from common.events.notification import Outcome
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import tallies, unanswered
from notification.batch import microseconds, moment
from notification.lagging import Tally
from notification.outcomes import Fate, Opened, Settled
from notification.silence import Unanswered

TALLIES_LIVE: Final = timedelta(hours=1)
TALLIED_MICROSECONDS: Final = 10_000_000

Key = Mapping[str, Any]


class SqlSilence:
    """What is counted of providers; every method is one transaction."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store

    async def unanswered(self) -> tuple[Unanswered, ...]:
        """Return what each provider accepted since it last delivered anything."""
        async with self._store.reading() as connection:
            rows = (await connection.execute(select(unanswered))).mappings()
            return tuple(map(_read_unanswered, rows))

    async def tallies(self, taken_before: datetime) -> tuple[Tally, ...]:
        """Return what providers took before, within the last hour, and delivered of it."""
        taken_at = tallies.c.taken_at
        whole_before = microseconds(taken_before) - TALLIED_MICROSECONDS
        since = microseconds(taken_before - TALLIES_LIVE)
        async with self._store.reading() as connection:
            found = select(tallies).where(taken_at <= whole_before, taken_at > since)
            return tuple(map(_read_tally, (await connection.execute(found)).mappings()))

    async def forget(self, taken_before: datetime) -> None:
        """Forget what peers are not compared by any more."""
        old = tallies.c.taken_at < microseconds(taken_before - 2 * TALLIES_LIVE)
        async with self._store.writing() as connection:
            await connection.execute(delete(tallies).where(old))


def count_accepted(
    connection: Connection, channel: str, fates: Sequence[Fate], now: datetime
) -> None:
    """Count those whose receipt a provider owes us, and those whose receipt was there before."""
    owing = Counter(fate.provider for fate in fates if isinstance(fate, Opened))
    early = Counter(
        fate.provider
        for fate in fates
        if isinstance(fate, Settled) and fate.outcome is Outcome.DELIVERED
    )
    at = microseconds(now)
    # In order: who counts for the same providers at the same time waits, and nobody for each other.
    for provider in sorted({*owing, *early}):
        whose = _of(channel, provider)
        if early[provider]:
            _note_delivered(connection, whose, at)
        if owing[provider]:
            begun = case((unanswered.c.accepted == 0, at), else_=unanswered.c.since)
            counted = {"accepted": unanswered.c.accepted + owing[provider], "since": begun}
            _upsert(connection, unanswered, whose, counted, _owes_nothing(at))
        taken = tallies.c.taken + owing[provider] + early[provider]
        added = {"taken": taken, "delivered": tallies.c.delivered + early[provider]}
        key = {**whose, "taken_at": _together(at)}
        _upsert(connection, tallies, key, added, {"taken": 0, "delivered": 0})


def count_delivered(connection: Connection, rows: Sequence[Key], now: datetime) -> None:
    """Count those of whom a receipt says that they were delivered, by when they were taken."""
    taken = Counter((row["channel"], row["provider"], _together(row["stored_at"])) for row in rows)
    for channel, provider in sorted({(row["channel"], row["provider"]) for row in rows}):
        _note_delivered(connection, _of(channel, provider), microseconds(now))
    for (channel, provider, at), count in sorted(taken.items()):
        theirs = _is(tallies, {**_of(channel, provider), "taken_at": at})
        added = {"delivered": tallies.c.delivered + count}
        connection.execute(update(tallies).where(*theirs).values(**added))


def _note_delivered(connection: Connection, whose: Key, at: int) -> None:
    """Begin anew to count what a provider owes: it delivered something."""
    _upsert(connection, unanswered, whose, {"accepted": 0, "delivered_at": at}, _owes_nothing(at))


def _upsert(
    connection: Connection, table: Table, key: Key, values: Mapping[str, Any], empty: Key
) -> None:
    """Change a row that may not be there yet, and is empty then."""
    changed = update(table).where(*_is(table, key)).values(**values)
    if not connection.execute(changed).rowcount:
        insert_absent(connection, table, [{**key, **empty}])
        connection.execute(changed)


def _owes_nothing(at: int) -> Key:
    """Return what is counted of a provider that took nothing yet."""
    return {"accepted": 0, "since": at}


def _is(table: Table, key: Key) -> list[Any]:
    """Return what is true of the row of a key."""
    return [table.c[name] == value for name, value in key.items()]


def _of(channel: str, provider: str) -> dict[str, Any]:
    """Return whose row it is."""
    return {"channel": channel, "provider": provider}


def _together(at: int) -> int:
    """Return since when what is taken now is counted together."""
    return at - at % TALLIED_MICROSECONDS


def _read_unanswered(row: RowMapping) -> Unanswered:
    """Read a row."""
    at = row["delivered_at"]
    delivered_at = None if at is None else moment(at)
    since = moment(row["since"])
    return Unanswered(row["channel"], row["provider"], row["accepted"], since, delivered_at)


def _read_tally(row: RowMapping) -> Tally:
    """Read a row."""
    at = moment(row["taken_at"])
    return Tally(row["channel"], row["provider"], at, row["taken"], row["delivered"])
