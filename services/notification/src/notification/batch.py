"""One batch as it travels: some hundred recipients of one text on one channel, in one message."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

import msgspec

from common import subjects
from common.subjects import Priority
from notification.ports import Recipient, Text, Window

MOST_BYTES: Final = 512_000


class Batch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a worker needs to know to deliver, and nothing that it would have to look up.

    `settles_as` is the planned batch that its recipients count for: a retry or a half of a batch
    has an id of its own. `earlier` are the alerts of the chain before this one, newest first, and
    `after` the batches of these alerts that go first, in the same order; with `only_if_sent` nobody
    is reached who was not sent one of them. `suspects` are recipients who may have been sent this
    already. A batch that goes `again` is also for those who were given up, whose outcome stands.
    Times are microseconds since the epoch.
    """

    event_type: ClassVar[str] = "kentongan.notification.requested.v1"

    batch_id: str
    settles_as: str
    alert_id: str
    chain: str
    channel: str
    priority: Priority
    status: str
    text: Text
    recipients: tuple[Recipient, ...]
    expires_at: int
    accepted_at: int
    after: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    only_if_sent: bool = False
    attempt: int = 0
    suspects: tuple[str, ...] = ()
    again: bool = False

    def subject(self) -> str:
        """Say it on `notification.requested.<channel>.<priority>`."""
        return subjects.requested(self.channel, self.priority)

    def event_id(self) -> str:
        """Derive the `ce-id` from the id of the batch, which is never given twice."""
        return _event_id(self.batch_id)

    def body(self) -> bytes:
        """Return the body as JSON."""
        return _ENCODER.encode(self)

    def window(self, recipients: tuple[Recipient, ...]) -> Window:
        """Return some of its recipients as a window for the provider."""
        return Window(
            alert_id=self.alert_id,
            batch_id=self.batch_id,
            chain=self.chain,
            status=self.status,
            priority=self.priority,
            text=self.text,
            recipients=recipients,
            expires_at=moment(self.expires_at),
            again=self.attempt > 0,
        )

    def part(
        self,
        name: str,
        recipients: tuple[Recipient, ...],
        *,
        attempt: int,
        suspects: tuple[str, ...] = (),
    ) -> "Batch":
        """Return a batch of some of these recipients, under an id of its own."""
        return msgspec.structs.replace(
            self,
            batch_id=f"{self.batch_id}.{name}",
            recipients=recipients,
            attempt=attempt,
            suspects=suspects,
        )

    def going_again(self) -> "Batch":
        """Return it for those who were given up, too."""
        return msgspec.structs.replace(self, again=True)


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch as it is stored: to be said without being read."""

    event_type: ClassVar[str] = Batch.event_type

    batch_id: str
    alert_id: str
    channel: str
    priority: Priority
    content: bytes

    def subject(self) -> str:
        """Say it on `notification.requested.<channel>.<priority>`."""
        return subjects.requested(self.channel, self.priority)

    def event_id(self) -> str:
        """Derive the `ce-id` as the batch does."""
        return _event_id(self.batch_id)

    def body(self) -> bytes:
        """Return the body as it is stored."""
        return self.content


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Batch)


def _event_id(batch_id: str) -> str:
    """Derive the `ce-id` from the id of a batch."""
    return hashlib.sha256(f"batch {batch_id}".encode()).hexdigest()[:32]


def read_batch(body: bytes) -> Batch:
    """Read a batch; `ValueError` if it is none."""
    return _DECODER.decode(body)


def moment(microseconds: int) -> datetime:
    """Return an instant of the wire."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def microseconds(instant: datetime) -> int:
    """Return an instant as it is stored and sent."""
    return int(instant.timestamp() * 1_000_000)
