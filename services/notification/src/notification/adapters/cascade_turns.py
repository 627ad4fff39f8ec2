"""One look at people of a cascade: left alone, waited for, or tried at their next step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import among
from common.events.notification import Outcome
from common.subjects import Priority
from notification.adapters.aside_rows import insert_aside_if_absent
from notification.adapters.cascade_rows import read_cascade
from notification.adapters.delivery_tables import outcomes, tries
from notification.adapters.outcome_rows import Place, insert_rows, known_of, say_settled
from notification.batch import microseconds, moment
from notification.cascade import Move, Standing, Try, move, next_step, standing
from notification.outcomes import PutAside, Settled
from notification.ports import Recipient
from notification.reason import Reason
from notification.saying import Saying

Row = Mapping[Any, Any]
Change = dict[str, str | int | None]
UNSEEN: Final = Try(0, None)


class End(NamedTuple):
    """What is stored of somebody's outcome."""

    outcome: str | None
    reason: str
    message_id: str | None


class Known(NamedTuple):
    """A try as it is stored; `until` is microseconds, and None while it is in reserve."""

    channel: str
    recipient: str
    person: str
    batch_id: str
    step: int
    heard: str
    until: int | None
    seen: Try = UNSEEN


Person = Sequence[Known]
OF_AN_END: Final = tuple(outcomes.c[name] for name in ("recipient", *End._fields))
OF_A_TRY: Final = tuple(tries.c[name] for name in Known._fields[:-1])


@dataclass(frozen=True, slots=True)
class Look:
    """A look at some people of one cascade, inside the caller's transaction."""

    connection: AsyncConnection
    cascade: Row
    now: datetime

    async def at(self, people: Sequence[str]) -> tuple[Saying, ...]:
        """Do for these people what comes next, and return what is to be said about it."""
        moves: dict[Move, list[Person]] = {each: [] for each in Move}
        for person in await self._known(people):
            moves[move([each.seen for each in person], self.now)].append(person)
        said = await self._suppress(moves[Move.SUPPRESS])
        await self._wait(moves[Move.WAIT])
        finished = await self._go_on(moves[Move.NEXT])
        await self._forget([*moves[Move.SUPPRESS], *moves[Move.END], *finished])
        return said

    async def _known(self, people: Sequence[str]) -> list[list[Known]]:
        """Return all that is known of these people, each with all of their addresses."""
        theirs = select(*OF_A_TRY).where(
            tries.c.plan_id == self.cascade["plan_id"],
            among(self.connection, tries.c.person, people),
        )
        locked = theirs.order_by(tries.c.channel, tries.c.recipient).with_for_update()
        rows = [Known(*row) for row in await self.connection.execute(locked)]
        ends = await self._ends(rows)
        known: dict[str, list[Known]] = {}
        for row in rows:
            seen = _seen(row, ends.get((row.channel, row.recipient)))
            known.setdefault(row.person, []).append(row._replace(seen=seen))
        return list(known.values())

    async def _ends(self, rows: Iterable[Known]) -> dict[tuple[str, str], End]:
        """Return outcome, reason and message of those who were tried, by channel and recipient."""
        tried: dict[str, list[str]] = {}
        for row in rows:
            if row.until is not None:
                tried.setdefault(row.channel, []).append(row.recipient)
        ends: dict[tuple[str, str], End] = {}
        for channel, names in tried.items():
            found = select(*OF_AN_END).where(
                outcomes.c.alert_id == self.cascade["alert_id"],
                outcomes.c.channel == channel,
                among(self.connection, outcomes.c.recipient, names),
            )
            for recipient, *end in await self.connection.execute(found):
                ends[channel, recipient] = End(*end)
        return ends

    async def _suppress(self, people: Iterable[Person]) -> tuple[Saying, ...]:
        """Settle what is in reserve for people who were reached, many of a batch in one event."""
        reason = Reason.REACHED_ON_EARLIER_CHANNEL
        said: list[Saying] = []
        for group in _by_batch(each for person in people for each in person if _waits(each)):
            place = self._place(group[0])
            fresh = await self._without_end(place, group)
            ends = [Settled(each.recipient, Outcome.SUPPRESSED, reason) for each in fresh]
            await self.connection.run_sync(insert_rows, place, ends, self.now)
            said += await self.connection.run_sync(say_settled, place, ends, self.now)
        return tuple(said)

    async def _go_on(self, people: Iterable[Person]) -> list[Person]:
        """Put aside, due now, those who are next; return the people with nothing more behind."""
        cascade = read_cascade(self.cascade["steps"])
        chosen: list[Known] = []
        changed: list[Change] = []
        finished: list[Person] = []
        for person in people:
            step = next_step([each.seen for each in person])
            is_next = [each for each in person if _waits(each) and each.step == step]
            chosen += is_next
            if len(is_next) == sum(map(_waits, person)):
                finished.append(person)
                continue
            changed += [_change(each, each.until, None) for each in person if not _waits(each)]
            for each in is_next:
                until = microseconds(self.now + cascade.patience(each.channel))
                changed.append(_change(each, until, until))
        for group in _by_batch(chosen):
            place = self._place(group[0])
            fresh = await self._without_end(place, group)
            aside = [_put_aside(each, self.now) for each in fresh]
            await self.connection.run_sync(insert_aside_if_absent, place, aside, self.now)
        await self._change(changed)
        return finished

    async def _without_end(self, place: Place, group: Sequence[Known]) -> list[Known]:
        """Return who of a batch has no outcome: a plan may be stored again meanwhile."""
        names = [each.recipient for each in group]
        known = await self.connection.run_sync(known_of, place, names)
        return [each for each in group if each.recipient not in known]

    async def _wait(self, people: Iterable[Person]) -> None:
        """Look again when patience is over, or when something is heard."""
        now = microseconds(self.now)
        await self._change(
            [
                _change(each, each.until, each.until if each.until > now else None)
                for person in people
                for each in person
                if each.until is not None
            ]
        )

    async def _change(self, changed: Sequence[Change]) -> None:
        """Write until when tries are waited for, and when they are looked at."""
        if changed:
            changing = update(tries).where(
                tries.c.plan_id == self.cascade["plan_id"],
                tries.c.channel == bindparam("on_channel"),
                tries.c.recipient == bindparam("of_recipient"),
            )
            written = changing.values(
                until=bindparam("wait_until"), look_at=bindparam("to_look_at")
            )
            await self.connection.execute(written, changed)

    async def _forget(self, people: Iterable[Person]) -> None:
        """Forget people of whom nothing is in reserve any more."""
        names = [person[0].person for person in people]
        if names:
            await self.connection.execute(
                delete(tries).where(
                    tries.c.plan_id == self.cascade["plan_id"],
                    among(self.connection, tries.c.person, names),
                )
            )

    def _place(self, known: Known) -> Place:
        """Return where recipients of a planned batch stand."""
        lane, accepted_at = Priority(self.cascade["priority"]), self.cascade["accepted_at"]
        return Place(self.cascade["alert_id"], known.channel, known.batch_id, lane, accepted_at)


def _waits(known: Known) -> bool:
    """Whether somebody is in reserve."""
    return known.until is None


def _by_batch(known: Iterable[Known]) -> list[list[Known]]:
    """Group tries by their batch."""
    groups: dict[str, list[Known]] = {}
    for each in known:
        groups.setdefault(each.batch_id, []).append(each)
    return list(groups.values())


def _seen(known: Known, end: End | None) -> Try:
    """Return a try as rules see it; what was heard after its outcome says it better."""
    until = None if known.until is None else moment(known.until)
    if known.heard:
        return Try(known.step, until, Standing(known.heard))
    if end is None or end.outcome is None:
        return Try(known.step, until)
    possible = end.message_id is not None
    stands = standing(Outcome(end.outcome), end.reason, report_possible=possible)
    return Try(known.step, until, stands)


def _put_aside(known: Known, now: datetime) -> PutAside:
    """Put somebody aside who is to be told now: nobody has tried to before."""
    recipient = Recipient(known.recipient, known.person, "")
    return PutAside(recipient, Reason.NOT_REACHED_ON_EARLIER_CHANNEL, now, attempt=1)


def _change(known: Known, until: int | None, look_at: int | None) -> Change:
    """Return what is written of a try: until when it is waited for, and when it is looked at."""
    return {
        "on_channel": known.channel,
        "of_recipient": known.recipient,
        "wait_until": until,
        "to_look_at": look_at,
    }
