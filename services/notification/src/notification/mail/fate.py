"""What became of a mail that was to be given to a server, and why a connection ends."""

from dataclasses import dataclass
from enum import StrEnum

from notification.mail.reply import Reply


class Cause(StrEnum):
    """Why a connection ended, or there was none."""

    UNREACHED = "unreached"
    CLOSED = "closed"
    CLOSING = "closing"
    OVERDUE = "overdue"
    HALF_OPEN = "half-open"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Taken:
    """The server answered for it from then on."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Declined:
    """The server said no, or would have said so."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended first.

    It was possibly sent if its end was written; before that no server can have taken it.
    """

    cause: Cause
    possibly_sent: bool


Fate = Taken | Declined | Lost
