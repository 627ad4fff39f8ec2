"""What triage needs of the world: a register, somebody who says things, somebody who counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from common.cap.alert import Alert
from common.events.triage import Audience
from triage.register import (
    Decision,
    Entry,
    Judge,
    Resolution,
    Resolve,
    Saying,
    Submission,
)


class Decisions(Protocol):
    """Keep the first verdict on each submission, one decision at a time."""

    async def sayings_of(self, event_id: str) -> Sequence[Saying]:
        """Return all that was said about a submission, ends first; nothing if it is new."""
        ...

    async def decide(self, submission: Submission, judge: Judge) -> Decision:
        """Store the submission and what `judge` makes of it, in one transaction.

        If the submission is there already nothing is judged, and all that was said about it comes
        back. Fresh sayings come behind those of their chain that were not said yet.
        """
        ...

    async def resolve(self, alert_id: str, resolve: Resolve) -> Resolution | None:
        """Let `resolve` change how an alert stands, in one transaction; None if it is unknown.

        What `resolve` raises undoes everything; where it returns None, nothing is written.
        """
        ...


class Waiting(Protocol):
    """Tell which alerts wait for a second person."""

    async def held(self) -> Sequence[Entry]:
        """Return the alerts that wait, the one that waits longest first."""
        ...


class Unsaid(Protocol):
    """Remember which events are stored and not yet on the bus."""

    async def unsaid(self, most: int) -> Sequence[Saying]:
        """Return the oldest events that are not known to be on the bus, in order."""
        ...

    async def said(self, positions: Sequence[int], now: datetime) -> None:
        """Note that the bus has these."""
        ...


class Register(Decisions, Waiting, Unsaid, Protocol):
    """All of it, in one store."""


class Speaker(Protocol):
    """Say an event on the bus."""

    async def say(self, saying: Saying, repair: int = 0) -> None:
        """Return when the stream has it; else raise a `TemporaryFailure`."""
        ...


class Counter(Protocol):
    """Count the people whom an alert would reach."""

    async def reach(self, alert: Alert, audience: Audience) -> int | None:
        """Return how many people, None if nobody answers in time."""
        ...
