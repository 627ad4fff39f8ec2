"""What a score can wait for: a message at a person, the sums of an alert, its verdict."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, Self

from common.cap import Alert
from common.events.notification import Outcome
from common.questions.audit import ChannelCounts
from sandbox.witness import Received
from testkit.hamlet import Person
from testkit.scene import Scene


class Expectation(Protocol):
    """Something that is so, or not yet."""

    async def missing(self, scene: Scene) -> str | None:
        """Say what is not as expected, or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """A message on a channel at a person; it says certain words, any number of times or so many."""

    channel: str
    to: Person
    words: tuple[str, ...] = ()
    times: int | None = None

    def saying(self, *words: str) -> Self:
        """Expect these words in it, in whatever case."""
        return replace(self, words=(*self.words, *words))

    def once(self) -> Self:
        """Expect it neither less nor more often than once."""
        return replace(self, times=1)

    def found(self, scene: Scene) -> list[Received]:
        """Return the messages like this."""
        address = self.to.address(self.channel)
        return [
            each
            for each in scene.received(self.channel)
            if each.address == address and self._says(each)
        ]

    async def missing(self, scene: Scene) -> str | None:
        """Say how many there are, if that is not as expected."""
        count = len(self.found(scene))
        if count == self.times or (count and self.times is None):
            return None
        return f"{count} messages like {self}"

    def _says(self, message: Received) -> bool:
        """Whether all the words are in it."""
        text = f"{message.headline} {message.text}".lower()
        return all(word.lower() in text for word in self.words)

    def __str__(self) -> str:
        return f"{self.channel} to {self.to.id} saying {self.words}"


def sms(*, to: Person) -> Message:
    """Return a short message to somebody."""
    return Message("sms", to)


def email(*, to: Person) -> Message:
    """Return a mail to somebody."""
    return Message("email", to)


def push(*, to: Person) -> Message:
    """Return what a browser shows to somebody."""
    return Message("push", to)


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of an alert in the ledger: nobody open, and per channel what was named."""

    alert: Alert
    channels: Mapping[str, Mapping[Outcome, int]] = field(default_factory=dict)

    def on(self, channel: str, **outcomes: int) -> Self:
        """Expect so many of each outcome on a channel, and no others there."""
        named = {Outcome(name): count for name, count in outcomes.items()}
        return replace(self, channels={**self.channels, channel: named})

    async def missing(self, scene: Scene) -> str | None:
        """Say what the ledger counts, if it is something else."""
        counts = await scene.counts(self.alert)
        there = {name: counts.channels.get(name, ChannelCounts()) for name in self.channels}
        right = all(dict(there[name].outcomes) == self.channels[name] for name in there)
        if counts.planned and counts.open == 0 and counts.add_up and right:
            return None
        return f"the ledger counts {counts}"


def settled(alert: Alert) -> Sums:
    """Return that everybody who was planned for is settled, and that the sums add up."""
    return Sums(alert)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a test looks up by itself."""

    sentence: str
    holds: Callable[[Scene], Awaitable[object]]

    async def missing(self, scene: Scene) -> str | None:
        """Say that it does not hold."""
        return None if await self.holds(scene) else f"not true yet: {self.sentence}"


def somebody_got_an_sms(people: Iterable[Person], words: str) -> Fact:
    """Return that a first short message with these words has come to one of these people."""
    here = {person.sms for person in people}

    async def holds(scene: Scene) -> bool:
        received = scene.received("sms")
        return any(each.address in here and words in each.text.lower() for each in received)

    return Fact(f"somebody was told of {words}", holds)


def verdict(alert: Alert, word: str, reason: str = "") -> Fact:
    """Return that triage came to a verdict, for a reason if one is named."""

    async def holds(scene: Scene) -> bool:
        shown = await scene.shown(alert)
        return shown.verdict == word and reason in ("", shown.reason)

    return Fact(f"the verdict is {word} {reason}", holds)


def rings(condition: str, part: str) -> Fact:
    """Return that a condition rings in a part."""

    async def holds(scene: Scene) -> bool:
        return condition in await scene.ringing(part)

    return Fact(f"{condition} rings", holds)


def falls_silent(condition: str, part: str) -> Fact:
    """Return that a condition rings no more."""

    async def holds(scene: Scene) -> bool:
        return condition not in await scene.ringing(part)

    return Fact(f"{condition} is quiet", holds)


async def _content(scene: Scene) -> bool:
    verified = await scene.verified()
    return verified.content and verified.signed == verified.entries


LEDGER_IS_CONTENT: Final = Fact("the ledger is whole, and signed to its end", _content)
