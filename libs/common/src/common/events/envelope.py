"""The outside of every event: a CloudEvent in binary mode, its id derived from what it says."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

SPEC_VERSION = "1.0"


class Event(BaseModel):
    """A fact on the bus, in the past tense.

    A subclass names its CloudEvents `type`, its `subject()` and its `identity()`: the parts that
    make two sayings of it the same saying.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_type: ClassVar[str]

    def subject(self) -> str:
        """Return the NATS subject on which this is said."""
        raise NotImplementedError

    def identity(self) -> tuple[str, ...]:
        """Return what makes two sayings of this fact one."""
        raise NotImplementedError

    def event_id(self) -> str:
        """Return the `ce-id`: 32 hexadecimal digits derived from type and identity."""
        return derived_id(self.event_type, *self.identity())

    def body(self) -> bytes:
        """Return the body: JSON, with CAP's own names inside an alert."""
        return self.model_dump_json(by_alias=True).encode()


@dataclass(frozen=True, slots=True)
class Envelope:
    """The CloudEvents attributes of one saying, with what correlates and repairs it.

    `repair` is 0 the first time and counts the sayings after a loss; `correlation_id` is the same
    from intake to the last outcome; `trace_parent` is a W3C `traceparent`.
    """

    id: str
    type: str
    source: str
    time: datetime
    correlation_id: str
    trace_parent: str = ""
    repair: int = 0

    @property
    def message_id(self) -> str:
        """Return the `Nats-Msg-Id`: the id, in a repair with the number of the repair."""
        return f"{self.id}~{self.repair}" if self.repair else self.id

    def headers(self) -> dict[str, str]:
        """Return the NATS headers that carry this envelope."""
        named = {
            "ce-specversion": SPEC_VERSION,
            "ce-id": self.id,
            "ce-type": self.type,
            "ce-source": self.source,
            "ce-time": self.time.isoformat(),
            "ce-correlationid": self.correlation_id,
            "Nats-Msg-Id": self.message_id,
            "content-type": "application/json",
        }
        if self.trace_parent:
            named["traceparent"] = self.trace_parent
        if self.repair:
            named["ce-repair"] = str(self.repair)
        return named

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Read an envelope from NATS headers; a missing attribute is a `KeyError` with its name."""
        return cls(
            id=headers["ce-id"],
            type=headers["ce-type"],
            source=headers["ce-source"],
            time=datetime.fromisoformat(headers["ce-time"]),
            correlation_id=headers.get("ce-correlationid", headers["ce-id"]),
            trace_parent=headers.get("traceparent", ""),
            repair=int(headers.get("ce-repair", "0")),
        )


def derived_id(*parts: str) -> str:
    """Return 32 hexadecimal digits of SHA-256 over the parts, each with its length in front."""
    digest = hashlib.sha256()
    for part in framed(parts):
        digest.update(part)
    return digest.hexdigest()[:32]


def framed(parts: Iterable[str]) -> Iterable[bytes]:
    """Yield each part as UTF-8 behind its length, so that no two lists of parts look alike."""
    for part in parts:
        encoded = part.encode()
        yield len(encoded).to_bytes(8, "big") + encoded
