"""What a publisher can ask of intake, the same over HTTP and over the bus."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog

from common.cap import Alert, write_json
from common.clock import Clock
from common.events.intake import AlertAccepted
from common.questions.audit import Timeline
from common.questions.intake import AlertShown
from common.questions.triage import Decided, HeldList
from intake import refusals
from intake.acceptance import Acceptance, Incoming
from intake.entrance import Entrance
from intake.journal import Accepted, Kept, Ruling
from intake.keys import Key, May
from intake.metrics import ACCEPTED
from intake.permission import may_read
from intake.ports import Asks, BusSilent, JournalUnavailable, Marks, Records

COME_AGAIN_SECONDS: Final = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Desk:
    """Submit, show, approve and reject; each begins with the key in the header."""

    entrance: Entrance
    acceptance: Acceptance
    records: Records
    marks: Marks
    asks: Asks
    clock: Clock

    async def admit(self, authorization: str | None) -> Key:
        """Return the key of somebody who may submit now, before the body is read."""
        with said_plainly():
            return await self.entrance.submitting(authorization)

    async def submit(self, key: Key, incoming: Incoming) -> Accepted:
        """Accept an alert: when this returns, the journal has it on disk."""
        with said_plainly():
            accepted = await self.acceptance.accept(key, incoming)
        ACCEPTED.labels(first="yes" if accepted.first else "no").inc()
        log.info(
            "alert_accepted",
            alert_id=accepted.alert_id,
            publisher=key.id,
            first=accepted.first,
            size=len(incoming.content),
        )
        return accepted

    async def kept(self, authorization: str | None, alert_id: str) -> Kept:
        """Return an alert as it came in, to whoever may read it."""
        with said_plainly():
            key = await self.entrance.key_of(authorization)
            kept = await self.records.find(alert_id)
            if kept is None:
                raise refusals.no_such_alert(alert_id)
            if not _may_see(key, kept):
                raise refusals.not_allowed(
                    "read-all", "This key reads only the alerts of its own senders."
                )
            return kept

    async def timeline(self, authorization: str | None, alert_id: str) -> Timeline:
        """Return what happened to an alert, as the ledger has it."""
        await self.kept(authorization, alert_id)
        with said_plainly("audit"):
            return await self.asks.timeline(alert_id)

    async def held(self, authorization: str | None) -> HeldList:
        """Return what waits for a second person: all to whoever may see it, else one's own."""
        with said_plainly("triage"):
            key = await self.entrance.key_of(authorization)
            sees_all = key.may & {May.APPROVE, May.READ_ALL}
            return await self.asks.held(None if sees_all else key.id)

    async def approver(self, authorization: str | None) -> Key:
        """Return the key of somebody who may approve and reject, before the body is read."""
        with said_plainly():
            return await self.entrance.approving(authorization)

    async def approve(self, authorization: str | None, alert_id: str) -> Decided:
        """Let a held alert go; triage knows whether this is a second person."""
        key = await self.approver(authorization)
        with said_plainly("triage"):
            await self._require(alert_id)
            decided = await self.asks.approve(alert_id, key.id)
        await self._note(decided)
        return decided

    async def reject(self, authorization: str | None, alert_id: str, why: str) -> Decided:
        """Turn a held alert down."""
        key = await self.approver(authorization)
        with said_plainly("triage"):
            await self._require(alert_id)
            decided = await self.asks.reject(alert_id, key.id, why)
        await self._note(decided)
        return decided

    async def _require(self, alert_id: str) -> None:
        """Refuse what was never accepted here."""
        if await self.records.find(alert_id) is None:
            raise refusals.no_such_alert(alert_id)

    async def _note(self, decided: Decided) -> None:
        """Expect the verdict that follows soon; a journal that is gone changes no decision."""
        log.info(
            "held_alert_decided",
            alert_id=decided.alert_id,
            decision=decided.decision,
            approver=decided.approver,
        )
        with suppress(JournalUnavailable):
            await self.marks.mark_decided(decided.alert_id, self.clock.now())


def shown(kept: Kept) -> AlertShown:
    """Return an accepted alert and how far it came."""
    event = AlertAccepted.model_validate_json(kept.event)
    return AlertShown(
        alert_id=kept.alert_id,
        publisher=kept.publisher,
        accepted_at=kept.accepted_at,
        flags=event.flags,
        concerns=event.concerns,
        stored_at=kept.stored_at,
        verdict=kept.ruling,
        reason=kept.ruling_reason,
        ruled_at=kept.ruled_at,
        planned_at=kept.planned_at,
        closed=kept.closed,
        closed_at=kept.closed_at,
        alert=_as_json(event.alert),
    )


def _as_json(alert: Alert) -> dict[str, object]:
    """Return the JSON form of CAP, without what is not there."""
    form: dict[str, object] = json.loads(write_json(alert))
    return form


def _may_see(key: Key, kept: Kept) -> bool:
    """Say whether a key reads this: its own, all, or what it is to approve."""
    approves = May.APPROVE in key.may and kept.ruling is Ruling.HELD
    return approves or may_read(key, kept.sender, kept.publisher)


@contextmanager
def said_plainly(asked: str = "the bus") -> Iterator[None]:
    """Turn a store or a service that is away into a problem that says when to come again."""
    try:
        yield
    except JournalUnavailable as failure:
        raise refusals.journal_unavailable(COME_AGAIN_SECONDS) from failure
    except BusSilent as failure:
        raise refusals.no_answer(asked, COME_AGAIN_SECONDS) from failure
