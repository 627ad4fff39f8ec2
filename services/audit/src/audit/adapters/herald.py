"""Checkpoints on the bus: said once, and read back from the stream that nobody may purge."""

import nats.errors
from nats.js.errors import APIError, NotFoundError

from audit.checkpoint import NotACheckpoint, Signed, VerifierKey
from common.events.audit import CheckpointSigned
from common.messaging import Bus, publish
from common.messaging.failures import TemporaryFailure
from common.subjects import AUDIT_CHECKPOINTED, Stream


class BusHerald:
    """Say checkpoints of one key, and hear the last of them again."""

    def __init__(self, bus: Bus, key: VerifierKey) -> None:
        self._bus = bus
        self._key = key

    async def last(self) -> Signed | None:
        """Return the checkpoint of our key that was said last."""
        note = await self.last_note()
        try:
            return Signed.of(note, self._key) if note else None
        except NotACheckpoint:
            return None

    async def last_note(self) -> str | None:
        """Return the note that was said last, whoever signed it."""
        try:
            message = await self._bus.jetstream.get_last_msg(
                Stream.CHECKPOINTS, AUDIT_CHECKPOINTED, direct=False
            )
        except NotFoundError:
            return None
        except (nats.errors.Error, APIError, OSError, TimeoutError) as failure:
            raise TemporaryFailure("the bus does not tell its last checkpoint") from failure
        return CheckpointSigned.model_validate_json(message.data or b"").note

    async def say(self, signed: Signed) -> None:
        """Say a checkpoint and await the ack of the stream."""
        checkpoint = signed.checkpoint
        await publish(
            self._bus,
            CheckpointSigned(
                origin=checkpoint.origin,
                size=checkpoint.size,
                note=signed.note,
                signed_at=checkpoint.signed_at,
            ),
        )
