"""Which connections to a server are half-open: silent, while those made later are answered."""

from collections.abc import Collection
from typing import Protocol, TypeVar


class Watched(Protocol):
    """A connection, and what was heard on it; `waiting_since` counts while a reply is owed.

    `answered` is whether a mail was answered on it. Times are seconds of one monotonic clock.
    """

    answered: bool

    @property
    def opened_at(self) -> float:
        """Return when it was ready."""
        ...

    @property
    def heard_at(self) -> float:
        """Return when the last reply came."""
        ...

    @property
    def is_owed(self) -> bool:
        """Tell whether a reply is awaited."""
        ...

    @property
    def waiting_since(self) -> float:
        """Return since when nothing came that was awaited."""
        ...


W = TypeVar("W", bound=Watched)


def silent(watched: Collection[W], since: float) -> list[W]:
    """Return those on which a reply is awaited and nothing came since then."""
    return [each for each in watched if each.is_owed and each.waiting_since <= since]


def half_open(watched: Collection[W], now: float, seconds: float) -> list[W]:
    """Return those that were silent for so long while a mail was answered on a later connection.

    A server that is slow is slow on a later connection too. A mail that is slow is so by itself:
    where another connection as old was heard meanwhile, nothing is wrong with the way, and one
    that is silent alone has twice the time.
    """
    quiet = silent(watched, now - seconds)
    if len(quiet) == 1:
        quiet = silent(quiet, now - 2 * seconds)
    return [
        each
        for each in quiet
        if any(other.answered and other.opened_at > each.waiting_since for other in watched)
        and not any(_was_heard_beside(other, each, seconds) for other in watched)
    ]


def _was_heard_beside(other: Watched, silent_one: Watched, seconds: float) -> bool:
    """Tell whether one as old was heard when the silent one should have been.

    When a way breaks, the last replies of several connections are as far apart as their mails: what
    comes within half the time proves nothing.
    """
    since = silent_one.waiting_since
    return other.opened_at <= since and other.heard_at > since + seconds / 2
