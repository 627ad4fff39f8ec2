"""Notifications to the topics of ntfy servers, whichever servers the addresses name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import msgspec
from pydantic import SecretStr, model_validator

from common.clock import Clock
from common.subjects import Priority
from notification.devices.address import NotADevice, Topic, read_topic
from notification.devices.waiting import topic
from notification.guard import may_send
from notification.ports import Accepted, Answer, OnReceipt, Recipient, Refused, Unsure, Window
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.web.answered import Answered
from notification.web.posting import Posting, PostingSettings
from notification.web.request import NotARequest
from notification.webpush.answers import answer_to

PRIORITIES: Final[Mapping[Priority, int]] = MappingProxyType(
    {Priority.IMMEDIATE: 5, Priority.PRIORITY: 4, Priority.ROUTINE: 3}
)
LONGEST_MESSAGE_OCTETS: Final = 4096
OF_NTFY: Final[Mapping[int, Reason]] = {
    403: Reason.SENDER_REFUSED,
    404: Reason.ADDRESS_UNKNOWN,
}


class Settings(PostingSettings):
    """Which server is ours, if any: its topics alone are taken, and it alone is shown the token."""

    server: str = ""
    token: SecretStr = SecretStr("")
    token_file: Path | None = None
    tags: tuple[str, ...] = ("warning",)

    @model_validator(mode="after")
    def a_token_has_its_server(self) -> Self:
        """Refuse a server that is no origin, and a token that any server would be shown."""
        if self.server and self.server != read_topic(f"ntfy:{self.server}/topic").origin:
            raise ValueError("server is an origin in small letters, as in https://ntfy.example.org")
        if (self.token.get_secret_value() or self.token_file) and not self.server:
            raise ValueError("token is for a server: name it")
        return self

    def written_token(self) -> str:
        """Return the access token, or nothing."""
        if self.token_file is not None:
            return self.token_file.read_text("ascii").strip()
        return self.token.get_secret_value()


class NtfyProvider:
    """Publishes to topics; a later message of a chain takes the earlier one's place."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._pace = Pace(settings.per_second, settings.burst)
        self._posting = Posting(settings)
        token = settings.written_token()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def open(self) -> None:
        """Learn whom to believe."""
        self._posting.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._posting.close()

    def takes(self, address: str) -> bool:
        """Take topics: those of our server, or those of every server if none is ours."""
        try:
            read = read_topic(address)
        except NotADevice:
            return False
        return self._settings.server in ("", read.origin)

    async def send(self, window: Window) -> Sequence[Answer]:
        """Publish to each recipient, many at a time."""
        refused = may_send(window, self._settings)
        if refused is None and len(window.text.body.encode()) > LONGEST_MESSAGE_OCTETS:
            refused = Reason.TEXT_TOO_LONG
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        return await self._posting.each(window.recipients, lambda to: self._published(window, to))

    async def _published(self, window: Window, to: Recipient) -> Answer:
        try:
            read = read_topic(to.address)
            body = written(window, read, self._settings.tags)
            await self._pace.turn()
            said = await self._posting.post(f"{read.origin}/", body, self._headers_for(read))
        except NotADevice:
            return Refused(Reason.ADDRESS_MALFORMED)
        except (NotARequest, OSError) as error:
            return self._posting.lost(error)
        return self._answer(said)

    def _headers_for(self, read: Topic) -> dict[str, str]:
        return self._headers if read.origin == self._settings.server else {}

    def _answer(self, said: Answered) -> Answer:
        if said.status in OF_NTFY:
            return Refused(OF_NTFY[said.status])
        answer = answer_to(
            said.status, said.headers, self._clock.now(), self._settings.busy_seconds
        )
        return _named(said.body) if isinstance(answer, Accepted) else answer


class _Message(msgspec.Struct, omit_defaults=True):
    """What an ntfy server reads."""

    topic: str
    title: str
    message: str
    priority: int
    sequence_id: str
    tags: tuple[str, ...] = ()
    click: str = ""


class _Taken(msgspec.Struct):
    """What an ntfy server says of a message that it took."""

    id: str


def written(window: Window, to: Topic, tags: tuple[str, ...] = ()) -> bytes:
    """Write a message to a topic."""
    message = _Message(
        topic=to.name,
        title=window.text.headline,
        message=window.text.body,
        priority=PRIORITIES[window.priority],
        sequence_id=topic(window.chain),
        tags=tags,
        click=window.text.link,
    )
    return msgspec.json.encode(message)


def _named(body: bytes) -> Answer:
    """Return the server's name of a message; whoever does not say it is perhaps no ntfy server."""
    try:
        return Accepted(msgspec.json.decode(body, type=_Taken).id)
    except msgspec.DecodeError:
        return Unsure(Reason.NOT_UNDERSTOOD)
