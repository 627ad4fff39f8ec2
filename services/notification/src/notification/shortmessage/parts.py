"""The parts of long messages: delivered when all of them are, failed as soon as one is."""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from common.events.notification import Outcome
from notification.reason import Reason

MOST_OPEN: Final = 200_000


@dataclass(frozen=True, slots=True)
class PartHeard:
    """What a receipt says about one part, or about a message that has only one."""

    message_id: str
    outcome: Outcome
    reason: Reason | None


@dataclass(slots=True)
class _Long:
    """A long message, the parts whose receipts are still to come, and whether its end is known."""

    message_id: str
    waiting: set[str]
    ended: bool = False


class Parts:
    """Follows long messages by the ids of their parts; the first part's id names the whole.

    It knows what this process sent. Of what another process sent, or this one before a restart,
    each receipt passes as it is, so that the first part speaks for the whole.
    """

    def __init__(self, most_open: int = MOST_OPEN) -> None:
        self._open: OrderedDict[str, _Long] = OrderedDict()
        self._submitting: dict[int, None] = {}
        self._early: deque[tuple[int, PartHeard]] = deque()
        self._last = 0
        self._most_open = most_open

    def begin(self) -> int:
        """Note that long messages are being submitted: receipts may come before their ids do."""
        self._last += 1
        self._submitting[self._last] = None
        return self._last

    def end(self, submission: int, taken: Iterable[tuple[str, ...]]) -> list[PartHeard]:
        """Note the ids of each long message that was taken; return what is known by now."""
        for message_ids in taken:
            long = _Long(message_ids[0], set(message_ids))
            self._open.update(dict.fromkeys(message_ids, long))
        while len(self._open) > self._most_open:
            self._open.popitem(last=False)
        del self._submitting[submission]
        return [each for each in map(self._judge, self._no_longer_early()) if each is not None]

    def hear(self, heard: PartHeard) -> PartHeard | None:
        """Return what is now known of a whole message, or None if that is still open."""
        if self._submitting and heard.message_id not in self._open:
            self._early.append((self._last, heard))
            return None
        return self._judge(heard)

    def _no_longer_early(self) -> list[PartHeard]:
        """Take out those that are known now, or whose submissions have all ended."""
        oldest = next(iter(self._submitting), self._last + 1)
        early, self._early = self._early, deque()
        ready = []
        for last, heard in early:
            if last < oldest or heard.message_id in self._open:
                ready.append(heard)
            else:
                self._early.append((last, heard))
        return ready

    def _judge(self, heard: PartHeard) -> PartHeard | None:
        long = self._open.pop(heard.message_id, None)
        if long is None:
            return heard
        long.waiting.discard(heard.message_id)
        if long.ended or (heard.outcome is Outcome.DELIVERED and long.waiting):
            return None
        long.ended = True
        return PartHeard(long.message_id, heard.outcome, heard.reason)
