"""What follows when a handler ends: the one place that decides what the server is told."""

from dataclasses import dataclass
from typing import Final

from common.messaging.failures import LostRace, PermanentFailure, TemporaryFailure

MOST_DELIVERIES: Final = 6
UNFORESEEN_DELAYS_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True, slots=True)
class Ack:
    """It is done."""


@dataclass(frozen=True, slots=True)
class Nak:
    """Come again after this many seconds."""

    delay_seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Say it in DEAD with this reason, then tell the server never to bring it again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Tell the server nothing: another has it, who acks it or whose silence brings it again.

    The server acks and naks by where a message lies, for everybody who was ever brought it.
    """


Decision = Ack | Nak | GiveUp | Leave


def after(
    failure: BaseException | None, deliveries: int, most: int | None = MOST_DELIVERIES
) -> Decision:
    """Decide what follows a handler that ended with `failure`, or well, on its n-th delivery.

    What nobody named is given up at the `most`-th; with None never, for who counts in its own way.
    """
    match failure:
        case None:
            return Ack()
        case LostRace():
            return Leave()
        case TemporaryFailure():
            return Nak(max(failure.retry_after, 0.05), failure.reason)
        case PermanentFailure():
            return GiveUp(failure.reason)
        case _ if most is not None and deliveries >= most:
            return GiveUp(f"{_described(failure)}, seen {deliveries} times")
        case _:
            step = min(max(deliveries, 1), len(UNFORESEEN_DELAYS_SECONDS)) - 1
            return Nak(UNFORESEEN_DELAYS_SECONDS[step], _described(failure))


def _described(failure: BaseException) -> str:
    """Name an unforeseen failure by its kind only: its text may hold an address."""
    return f"unforeseen {type(failure).__name__}"
