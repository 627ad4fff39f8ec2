"""What is known of a link: when its test began, and what came of the last one that ended."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from common.events.notification import Outcome
from notification.linktests.link import Link
from notification.ports import Accepted, Answer
from notification.reason import Reason


class State(StrEnum):
    """What the last test of a link came to."""

    NEVER = "never"
    ACCEPTED = "accepted"
    RECEIVED = "received"
    NO_RECEIPT = "no_receipt"
    FAILED = "failed"


ILL = frozenset({State.NO_RECEIPT, State.FAILED})


@dataclass(frozen=True, slots=True)
class Record:
    """A link with its last test that ended, and the one that has begun since, if there is one.

    `found_at` is when the last test ended, `failures` how many have failed since one did not.
    `message_id` is what a receipt would name, and `owed_until` how long one that is owed is waited
    for. `asked_at` is when somebody last wanted a test at once.
    """

    link: Link
    asked_at: datetime | None = None
    begun_at: datetime | None = None
    state: State = State.NEVER
    reason: Reason | None = None
    found_at: datetime | None = None
    failures: int = 0
    message_id: str = ""
    owed_until: datetime | None = None

    @property
    def is_ill(self) -> bool:
        """Whether the last test failed."""
        return self.state in ILL

    @property
    def is_under_way(self) -> bool:
        """Whether a test has begun, or is wanted, that has not come to its end."""
        since = max(filter(None, (self.begun_at, self.asked_at)), default=None)
        if since is None:
            return False
        return self.found_at is None or self.found_at < since

    def begun(self, now: datetime) -> "Record":
        """Note the beginning of a test; what the one before it came to stays until it ends."""
        return replace(self, begun_at=now, message_id="", owed_until=None)

    def answered(self, answer: Answer, now: datetime, patience: timedelta) -> "Record":
        """Note what the provider said; where it owes a receipt, that is not the end."""
        if not isinstance(answer, Accepted):
            return self._ended(State.FAILED, answer.reason, now)
        if answer.receipt_expected:
            return replace(self, message_id=answer.message_id, owed_until=now + patience)
        ended = self._ended(State.ACCEPTED, None, now)
        return replace(ended, message_id=answer.message_id if answer.receipt_possible else "")

    def heard(self, outcome: Outcome, reason: Reason | None, now: datetime) -> "Record":
        """Note the receipt, also one that comes late."""
        if outcome is Outcome.DELIVERED:
            return self._ended(State.RECEIVED, None, now)
        return self._ended(State.FAILED, reason or Reason.UNDELIVERABLE, now)

    def without_receipt(self, now: datetime) -> "Record":
        """Note that the receipt did not come in time; one that comes later still counts."""
        ended = self._ended(State.NO_RECEIPT, Reason.RECEIPT_OVERDUE, now)
        return replace(ended, message_id=self.message_id)

    def _ended(self, state: State, reason: Reason | None, now: datetime) -> "Record":
        return replace(
            self,
            state=state,
            reason=reason,
            found_at=now,
            failures=self.failures + 1 if state in ILL else 0,
            message_id="",
            owed_until=None,
        )
