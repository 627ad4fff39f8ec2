"""What delivery needs of a channel: a window in, one answer for each recipient out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from common.events.notification import Outcome
from common.messaging.failures import TemporaryFailure
from common.subjects import Priority
from notification.reason import Reason


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """One address on one channel, known by its id; the address is not for logs.

    `address` is E.164 on sms, an address on email, the JSON of a subscription on push. There may
    be a million: the garbage collector, which stops everything, does not look at them.
    """

    id: str
    person: str
    address: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One rendering for one language and channel; `html` stands beside `body` on email."""

    language: str
    headline: str
    body: str
    html: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Recipients that go to the provider together, with what is said to them."""

    alert_id: str
    batch_id: str
    chain: str
    status: str
    priority: Priority
    text: Text
    recipients: tuple[Recipient, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it, under this id; a receipt follows if one is expected.

    Where one is only possible, the provider says something if it fails, and nothing if it does not.
    """

    message_id: str
    receipt_expected: bool = False
    receipt_possible: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class PutOff:
    """The provider may take it after this many seconds."""

    reason: Reason
    retry_after: float


@dataclass(frozen=True, slots=True)
class Unsure:
    """Whether the provider took it is not known."""

    reason: Reason


Answer = Accepted | Refused | PutOff | Unsure


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, whose it is, and whether an earlier provider has possibly sent the same."""

    answer: Answer
    provider: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message that a provider accepted."""

    provider: str
    message_id: str
    outcome: Outcome
    reason: Reason | None
    at: datetime


OnReceipt = Callable[[Receipt], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do, as data: sizes in characters, recipients and seconds.

    `languages` empty means every language.
    """

    longest_text: int
    receipts: bool
    window: int
    batch: int
    receipt_deadline_seconds: float
    languages: frozenset[str] = frozenset()


class ProviderDown(TemporaryFailure):
    """The provider cannot be reached, and nothing of the window was sent."""


class Provider(Protocol):
    """Somebody who takes messages of one channel: it answers once for each recipient, in order."""

    name: str
    practice: bool

    async def open(self) -> None:
        """Make connections."""
        ...

    async def close(self) -> None:
        """End connections, what is in hand first."""
        ...

    def takes(self, address: str) -> bool:
        """Tell whether an address is of the kind that this provider reaches."""
        ...

    async def send(self, window: Window) -> Sequence[Answer]:
        """Send to each recipient; `ProviderDown` means that nobody was sent anything."""
        ...


MayGoOn = Callable[[], Awaitable[bool]]


class Channel(Protocol):
    """A way to reach people, whoever carries it."""

    name: str
    capabilities: Capabilities

    @property
    def window(self) -> int:
        """Return how many recipients go together: at most about a second of its work."""
        ...

    async def send(self, window: Window, may_go_on: MayGoOn) -> Sequence[Said]:
        """Send to each recipient; `ProviderDown` means that nobody was sent anything.

        Before a second provider is asked, `may_go_on` says whether the alert still stands.
        """
        ...
