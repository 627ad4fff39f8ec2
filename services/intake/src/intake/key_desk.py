"""Giving out publishers' keys, and ending them: what the operator asks."""

from dataclasses import dataclass
from http import HTTPStatus

import structlog

from common.clock import Clock
from common.problems import Breach
from common.questions.intake import KeyCreated, KeyList, KeyRequest, KeyShown
from intake import refusals
from intake.desk import said_plainly
from intake.keys import Key, May, Tokens, new_secret
from intake.ports import KeyShelf
from intake.refusals import Reason

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """Create, list and revoke keys; only the operator's NATS user can ask for it."""

    shelf: KeyShelf
    clock: Clock
    tokens: Tokens

    async def create(self, request: KeyRequest) -> KeyCreated:
        """Give out a key; its secret is in this answer and nowhere else."""
        may = frozenset(May(each) for each in request.may)
        if may & {May.PUBLISH, May.EXERCISE} and not request.senders:
            raise refusals.refusal(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                Reason.UNREADABLE_QUESTION,
                "A key that publishes speaks as at least one CAP sender.",
                Breach(field="senders", rule="required"),
            )
        secret = new_secret(self.tokens)
        key = Key(
            id=secret.key_id,
            name=request.name,
            digest=secret.digest,
            senders=frozenset(request.senders),
            may=may,
            quota_per_minute=request.quota_per_minute,
            demands_signature=request.demands_signature,
            created_at=self.clock.now(),
        )
        with said_plainly():
            if not await self.shelf.add(key):
                raise _taken(request.name)
        log.info("key_created", publisher=key.id, may=sorted(map(str, may)))
        return KeyCreated(id=key.id, name=key.name, secret=secret.text)

    async def list(self) -> KeyList:
        """Return every key without its secret."""
        with said_plainly():
            return KeyList(keys=tuple(map(_shown, await self.shelf.all())))

    async def revoke(self, key_id: str) -> KeyShown:
        """End a key at once, and return it; a key that ended already stays as it is."""
        with said_plainly():
            await self.shelf.revoke(key_id, self.clock.now())
            key = await self.shelf.find(key_id)
        if key is None:
            raise refusals.refusal(
                HTTPStatus.NOT_FOUND, Reason.NOT_FOUND, f"There is no key {key_id[:80]}."
            )
        log.info("key_revoked", publisher=key_id)
        return _shown(key)


def _taken(name: str) -> Exception:
    """Refuse a name that another key has: people tell keys apart by it."""
    return refusals.refusal(
        HTTPStatus.CONFLICT,
        Reason.NAME_TAKEN,
        f"There is a key named {name} already.",
        Breach(field="name", rule="unique"),
    )


def _shown(key: Key) -> KeyShown:
    """Return a key without its digest."""
    return KeyShown(
        id=key.id,
        name=key.name,
        senders=tuple(sorted(key.senders)),
        may=tuple(sorted(key.may)),
        quota_per_minute=key.quota_per_minute,
        demands_signature=key.demands_signature,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )
