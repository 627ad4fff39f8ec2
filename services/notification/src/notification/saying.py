"""What is stored to be said: an event with what correlates it, so that a relay can say it later."""

from dataclasses import dataclass

from common.events.envelope import Event


@dataclass(frozen=True, slots=True)
class Saying:
    """An event that was stored in the transaction that made it true.

    `event` is there while it is new, and `accepted_at` (microseconds) where its alert's is known.
    """

    event_id: str
    event_type: str
    subject: str
    body: bytes
    correlation_id: str
    trace_parent: str = ""
    event: Event | None = None
    accepted_at: int = 0


def saying(event: Event, correlation_id: str, accepted_at: int = 0) -> Saying:
    """Put an event together with what correlates it."""
    return Saying(
        event_id=event.event_id(),
        event_type=event.event_type,
        subject=event.subject(),
        body=event.body(),
        correlation_id=correlation_id,
        event=event,
        accepted_at=accepted_at,
    )
