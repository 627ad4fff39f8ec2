"""May this come in: from a submission to its one answer, given after the journal's commit."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from common.cap.alert import Alert
from common.cap.identity import alert_id
from common.cap.reading import Reading
from common.cap.refusal import Flag, FlagKind
from common.clock import Clock
from common.events.intake import AlertAccepted
from common.problems import Breach, Refusal
from common.questions.intake import Submitted
from intake import refusals
from intake.journal import Accepted, Submission
from intake.keys import Key
from intake.life import concerns_about, journal_ends_at
from intake.permission import Referenced, may_publish
from intake.ports import Acceptances
from intake.reading import media_type, reading_of
from intake.refusals import Reason

IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A submission as it comes in, over HTTP or over the bus."""

    content: bytes
    content_type: str
    idempotency_key: str | None = None

    @property
    def digest(self) -> str:
        """Return what tells one body from another."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The rule of the outer edge: the same for HTTP and for the bus."""

    journal: Acceptances
    clock: Clock
    default_life: timedelta
    most_bytes: int
    wake_relay: Callable[[], None]

    async def accept(self, key: Key, incoming: Incoming) -> Accepted:
        """Accept a submission and return when it is on the disk; else raise a `Refusal`."""
        content_type = media_type(incoming.content_type)
        if (known := await self._remembered(key, incoming)) is not None:
            return known
        reading = await reading_of(
            incoming.content, content_type, self.most_bytes, signed=key.demands_signature
        )
        flags = await self._permitted(key, reading)
        submission = self._submission(key, incoming, reading.alert, flags)
        accepted = _or_raise(await self.journal.accept(submission))
        self.wake_relay()
        return accepted

    async def _remembered(self, key: Key, incoming: Incoming) -> Accepted | None:
        """Return the first answer to this idempotency key, if there was one."""
        if incoming.idempotency_key is None:
            return None
        if not IDEMPOTENCY_KEY.fullmatch(incoming.idempotency_key):
            raise refusals.refusal(
                HTTPStatus.BAD_REQUEST,
                Reason.IDEMPOTENCY_KEY_FORM,
                "An Idempotency-Key is 1 to 255 visible ASCII characters.",
                Breach(field="header Idempotency-Key", rule="visible-ascii"),
            )
        found = await self.journal.remembered(
            key.id, incoming.idempotency_key, incoming.digest, self.clock.now()
        )
        return None if found is None else _or_raise(found)

    async def _permitted(self, key: Key, reading: Reading) -> tuple[str, ...]:
        """Return the flags of an alert that the key may publish."""
        alert = reading.alert
        named = {alert_id(each): each for each in alert.parsed_references}
        statuses = await self.journal.statuses(tuple(named))
        referenced = [
            Referenced(each.sender, each.identifier, statuses.get(name))
            for name, each in named.items()
        ]
        if refusal := may_publish(key, alert, referenced):
            raise refusal
        unmatched = [each.identifier for each in referenced if each.status is None]
        return tuple(str(flag) for flag in (*reading.flags, *_unmatched(unmatched)))

    def _submission(
        self, key: Key, incoming: Incoming, alert: Alert, flags: tuple[str, ...]
    ) -> Submission:
        """Put together what goes into the journal, event and answer included."""
        now = self.clock.now()
        event = AlertAccepted(
            alert_id=alert_id(alert.key),
            alert=alert,
            content_sha256=incoming.digest,
            publisher=key.id,
            accepted_at=now,
            flags=flags,
            concerns=concerns_about(alert, now, self.default_life),
        )
        answer = Submitted(
            alert_id=event.alert_id, accepted_at=now, flags=flags, concerns=event.concerns
        )
        return Submission(
            alert_id=event.alert_id,
            sender=alert.sender,
            identifier=alert.identifier,
            sent=alert.sent,
            status=alert.status,
            content=incoming.content,
            content_type=media_type(incoming.content_type),
            digest=incoming.digest,
            publisher=key.id,
            idempotency_key=incoming.idempotency_key,
            event_id=event.event_id(),
            event=event.body(),
            answer=answer.model_dump_json().encode(),
            accepted_at=now,
            ends_at=journal_ends_at(alert, now, self.default_life),
        )


def _or_raise(found: Accepted | Refusal) -> Accepted:
    """Return an acceptance, raise a refusal."""
    if isinstance(found, Refusal):
        raise found
    return found


def _unmatched(identifiers: list[str]) -> list[Flag]:
    """Flag references to what intake never accepted."""
    if not identifiers:
        return []
    sentence = f"{', '.join(identifiers[:5])} was never accepted here"
    return [Flag(FlagKind.REFERENCES_UNMATCHED, "alert/references", sentence)]
