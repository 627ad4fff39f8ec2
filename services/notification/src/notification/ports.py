"""What delivery needs of a channel: a window in, one answer for each recipient out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

import msgspec

from common.events.notification import Outcome
from common.messaging.failures import TemporaryFailure
from common.subjects import Priority
from notification.reason import Reason

LINK_TEST_STATUS: Final = "Test"
NAME_LETTERS: Final = 32


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
    """One rendering for one language and channel; `html` stands beside `body` on email.

    `document` is the whole alert as CAP XML, where the channel's capabilities ask for it.
    """

    language: str
    headline: str
    body: str
    html: str = ""
    link: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Recipients that go to the provider together, with what is said to them.

    What goes `again` is not given to a provider that takes and does not deliver, if another does.
    """

    alert_id: str
    batch_id: str
    chain: str
    status: str
    priority: Priority
    text: Text
    recipients: tuple[Recipient, ...]
    expires_at: datetime
    again: bool = False

    def name_for(self, to: Recipient) -> str:
        """Name what a recipient is told in 32 letters, the same each time: a repeat is known."""
        return sha256(f"{self.alert_id}/{to.id}".encode()).hexdigest()[:NAME_LETTERS]


@dataclass(frozen=True, slots=True)
class LinkTest(Window):
    """A window that tests a link; its only recipient is the provider's own `link_test_address`.

    Its status is CAP's Test: "technical testing only, all recipients disregard" (§3.2.1).
    """

    status: str = field(default=LINK_TEST_STATUS, init=False)


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The provider took it, under this id; a receipt follows if one is expected.

    Where one is only possible, the provider says something if it fails, and nothing if it does not.
    """

    message_id: str
    receipt_expected: bool = False
    receipt_possible: bool = False


class Refused(msgspec.Struct, frozen=True, gc=False):
    """The provider will never take it."""

    reason: Reason


class PutOff(msgspec.Struct, frozen=True, gc=False):
    """The provider may take it after this many seconds."""

    reason: Reason
    retry_after: float


class Unsure(msgspec.Struct, frozen=True, gc=False):
    """Whether the provider took it is not known."""

    reason: Reason


Answer = Accepted | Refused | PutOff | Unsure


class Said(msgspec.Struct, frozen=True, gc=False):
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

    `languages` empty means every language. With `document` it takes the whole alert, not only
    words that are made of it.
    """

    longest_text: int
    receipts: bool
    window: int
    batch: int
    receipt_deadline_seconds: float
    languages: frozenset[str] = frozenset()
    document: bool = False


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
