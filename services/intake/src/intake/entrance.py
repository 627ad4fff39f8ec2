"""Who is there: from an `Authorization` header to a publisher's key, and its quota."""

from dataclasses import dataclass

from common.clock import Clock
from intake import refusals
from intake.keys import NOBODYS_DIGEST, Key, May, secret_in
from intake.permission import may_submit
from intake.ports import Keyring
from intake.quota import Quotas


@dataclass(frozen=True, slots=True)
class Entrance:
    """Let in whoever holds a key; a revoked one ends at once, as it is read anew each time."""

    keys: Keyring
    quotas: Quotas
    clock: Clock

    async def key_of(self, authorization: str | None) -> Key:
        """Return the key of a header, or refuse."""
        if not authorization:
            raise refusals.no_key()
        secret = secret_in(authorization)
        key = await self.keys.find(secret.key_id) if secret else None
        opens = secret is not None and secret.opens(key.digest if key else NOBODYS_DIGEST)
        if key is None or not opens or key.revoked_at is not None:
            raise refusals.unknown_key()
        return key

    async def submitting(self, authorization: str | None) -> Key:
        """Return a key that may submit now; this spends one of its quota."""
        key = await self.key_of(authorization)
        if refusal := may_submit(key):
            raise refusal
        wait = self.quotas.spend(key.id, key.quota_per_minute, self.clock.now())
        if wait is not None:
            raise refusals.quota_spent(key.quota_per_minute, wait)
        return key

    async def approving(self, authorization: str | None) -> Key:
        """Return a key that may approve and reject."""
        key = await self.key_of(authorization)
        if May.APPROVE not in key.may:
            raise refusals.not_allowed("approve", "This key may not approve or reject alerts.")
        return key
