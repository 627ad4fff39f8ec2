"""How often each recipient was reached, by their number: who was lost and who was reached twice."""

import time
from array import array
from dataclasses import dataclass

import msgspec


class Report(msgspec.Struct, frozen=True):
    """What a sink has seen: `strange` is addressed to nobody that it knows.

    `messages` are all, `people` those reached at least once; the first one came at `began_at`, the
    last one at `last_at`.
    """

    messages: int
    people: int
    strange: int
    last_at: float
    began_at: float

    @property
    def double(self) -> int:
        """How many messages came to people who had one already."""
        return self.messages - self.people - self.strange


@dataclass(slots=True)
class Count:
    """A count for each recipient up to a number; `latest` is what came last, where a sink says."""

    reached: bytearray
    first_at: "array[float]"
    messages: int = 0
    strange: int = 0
    last_at: float = 0.0
    began_at: float = 0.0
    latest: bytes = b""

    @classmethod
    def up_to(cls, people: int) -> "Count":
        """Begin to count for so many people, numbered from 0."""
        return cls(bytearray(people), array("d", bytes(8 * people)))

    def take(self, digits: bytes) -> None:
        """Count a message to the recipient of this number."""
        self.messages += 1
        self.last_at = time.time()
        self.began_at = self.began_at or self.last_at
        try:
            number = int(digits)
            if not self.reached[number]:
                self.first_at[number] = self.last_at
            self.reached[number] = min(self.reached[number] + 1, 255)
        except (ValueError, IndexError):
            self.strange += 1

    def forget(self) -> None:
        """Begin anew."""
        people = len(self.reached)
        self.reached[:] = bytes(people)
        self.first_at = array("d", bytes(8 * people))
        self.messages = self.strange = 0
        self.last_at = self.began_at = 0.0

    def firsts(self, start: int, size: int, groups: int) -> list[float]:
        """Return when each group of people was first reached, in seconds since the epoch; 0: never.

        The groups have so many people each, and follow one another from a number.
        """
        times = self.first_at[start : start + size * groups]
        every = (times[at : at + size] for at in range(0, size * groups, size))
        return [min(filter(None, group), default=0.0) for group in every]

    def last_first(self, people: int) -> float:
        """Return when one of so many people was reached who had not been; 0 if nobody was."""
        return max(self.first_at[:people], default=0.0)

    def latest_hex(self) -> str:
        """Return what came last, as it came, in hexadecimal."""
        return self.latest.hex()

    def report(self) -> Report:
        """Tell all of it."""
        people = len(self.reached) - self.reached.count(0)
        return Report(self.messages, people, self.strange, self.last_at, self.began_at)
