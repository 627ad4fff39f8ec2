"""The latest messages in memory, numbered, for whoever watches: one book for all channels."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from sandbox.witness import Joiner, Received


class Shown(NamedTuple):
    """A numbered message, and the person whose address it went to."""

    number: int
    person: str
    message: Received


class Wanted(msgspec.Struct, frozen=True):
    """Which messages somebody wants to see; what is empty does not matter."""

    channel: str = ""
    person: str = ""
    alert: str = ""
    text: str = ""

    def fits(self, shown: Shown) -> bool:
        """Tell whether this is one of them."""
        message = shown.message
        words = f"{shown.person} {message.address} {message.headline} {message.text}".lower()
        return (
            self.channel in ("", message.channel)
            and self.person in ("", shown.person)
            and self.alert in ("", message.alert)
            and self.text.lower() in words
        )


class Book:
    """Keeps the latest messages, counts all, and wakes those who watch."""

    def __init__(self, most: int = 20_000) -> None:
        self.counts: Counter[str] = Counter()
        self.last = 0
        self._shown: deque[Shown] = deque(maxlen=most)
        self._people: dict[str, str] = {}
        self._joiner = Joiner()
        self._changed = asyncio.Event()

    def add(self, received: Received) -> None:
        """Write a message in that reached somebody; a long one when its last part is there."""
        message = None if received.thrown_away else self._joiner.join(received)
        if message is None:
            return
        self.last += 1
        self.counts[f"{message.channel}.{'accepted' if message.accepted else 'refused'}"] += 1
        self._shown.append(Shown(self.last, self.person(message.address), message))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def name(self, people: Iterable[tuple[str, str]]) -> None:
        """Say whose address is whose: pairs of address and person."""
        self._people.update(people)
        named = [shown._replace(person=self.person(shown.message.address)) for shown in self._shown]
        self._shown.clear()
        self._shown.extend(named)

    def person(self, address: str) -> str:
        """Return whose address it is; the address itself if nobody said."""
        return self._people.get(address, address)

    def newest(self, wanted: Wanted, most: int, before: int | None = None) -> list[Shown]:
        """Return the newest messages that are wanted, newest first."""
        found = []
        for shown in reversed(self._shown):
            if (before is None or shown.number < before) and wanted.fits(shown):
                found.append(shown)
                if len(found) == most:
                    break
        return found

    def since(self, number: int) -> Iterator[Shown]:
        """Yield what came after that number, newest first."""
        for shown in reversed(self._shown):
            if shown.number <= number:
                return
            yield shown

    def alerts(self) -> list[str]:
        """Return the alerts that messages named, the latest first."""
        return list(
            dict.fromkeys(
                each.message.alert for each in reversed(self._shown) if each.message.alert
            )
        )

    def people(self, wanted: Wanted) -> dict[str, Counter[str]]:
        """Return everyone who got what is wanted, with how many messages on each channel."""
        found: dict[str, Counter[str]] = {}
        for shown in self._shown:
            if shown.message.accepted and wanted.fits(shown):
                found.setdefault(shown.person, Counter())[shown.message.channel] += 1
        return dict(sorted(found.items()))

    async def changed(self) -> None:
        """Wait until something is added."""
        await self._changed.wait()
