"""How old waiting work is, judged by when each place of its stream was first seen."""

from collections import deque
from typing import Final

LOOKS: Final = 720


class Ages:
    """Remember, for the last looks at a stream, when it had come how far.

    The server tells no ages, and a service may not read what is not its own. So an age is right
    to the time between two looks, and work older than our memory is as old as our memory.
    """

    def __init__(self) -> None:
        self._looks: deque[tuple[int, float]] = deque(maxlen=LOOKS)

    def note(self, last: int, now: float) -> None:
        """Note the last sequence of the stream; one that went back begins the memory anew."""
        if self._looks and last < self._looks[-1][0]:
            self._looks.clear()
        if not self._looks or last > self._looks[-1][0]:
            self._looks.append((last, now))

    def beyond(self, floor: int, now: float) -> float:
        """Return how long ago the stream was first seen to hold something behind `floor`."""
        return next((now - when for last, when in self._looks if last > floor), 0.0)
