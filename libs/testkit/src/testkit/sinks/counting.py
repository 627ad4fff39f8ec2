"""How often each recipient was reached, by their number: who was lost and who was reached twice."""

import time
from dataclasses import dataclass

import msgspec


class Report(msgspec.Struct, frozen=True):
    """What a sink has seen: `strange` is addressed to nobody that it knows.

    `messages` are all, `people` those reached at least once, `last_at` is when the last one came.
    """

    messages: int
    people: int
    strange: int
    last_at: float

    @property
    def double(self) -> int:
        """How many messages came to people who had one already."""
        return self.messages - self.people - self.strange


@dataclass(slots=True)
class Count:
    """A count for each recipient up to a number."""

    reached: bytearray
    messages: int = 0
    strange: int = 0
    last_at: float = 0.0

    @classmethod
    def up_to(cls, people: int) -> "Count":
        """Begin to count for so many people, numbered from 0."""
        return cls(bytearray(people))

    def take(self, digits: bytes) -> None:
        """Count a message to the recipient of this number."""
        self.messages += 1
        self.last_at = time.time()
        try:
            number = int(digits)
            self.reached[number] = min(self.reached[number] + 1, 255)
        except (ValueError, IndexError):
            self.strange += 1

    def report(self) -> Report:
        """Tell all of it."""
        people = len(self.reached) - self.reached.count(0)
        return Report(self.messages, people, self.strange, self.last_at)
