"""Short messages over the REST API of Twilio and those like it, with receipts by callback."""

import asyncio
from collections.abc import Sequence
from typing import Final, Self
from urllib.parse import urlencode

import msgspec
from aiohttp import encode_basic_auth
from pydantic import Field, SecretStr, field_validator, model_validator

from common.clock import Clock
from notification.guard import may_send
from notification.ports import Accepted, Answer, OnReceipt, Recipient, Refused, Unsure, Window
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.shortmessage.callbacks import CallbackServer
from notification.shortmessage.calling import (
    Call,
    CallingSettings,
    Calls,
    checked_url,
    unless_down,
)
from notification.shortmessage.error_codes import answer_to
from notification.shortmessage.numbers import international
from notification.web.again import retry_after
from notification.web.answered import Answered

LONGEST_VALIDITY_SECONDS: Final = 36_000
TAKEN: Final = range(200, 300)
COME_AGAIN: Final = "#rc=5&rp=5xx,ct,rt"


class Settings(CallingSettings):
    """One account, who people see, and where the company calls back.

    `callback_url` is how the company reaches `callback_listen`, a host and port of ours; without
    them what is accepted is settled at once.
    """

    base_url: str = "https://api.twilio.com"
    account_sid: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    auth_token: SecretStr = Field(min_length=1)
    source: str = ""
    messaging_service_sid: str = ""
    callback_url: str = ""
    callback_listen: str = Field(default="", pattern=r"^(.+:\d{1,5})?$")

    @field_validator("base_url", "callback_url")
    @classmethod
    def urls_are_urls(cls, url: str) -> str:
        """Refuse what is no URL with a host."""
        if url:
            checked_url(url)
        return url

    @model_validator(mode="after")
    def people_see_one_sender(self) -> Self:
        """Refuse none, and both."""
        if bool(self.source) is bool(self.messaging_service_sid):
            raise ValueError("source or messaging_service_sid is set, and not both")
        return self

    @model_validator(mode="after")
    def callbacks_are_heard(self) -> Self:
        """Refuse callbacks that go nowhere, and a listener that nobody knows."""
        if bool(self.callback_url) is not bool(self.callback_listen):
            raise ValueError("callback_url and callback_listen are set together")
        return self

    @property
    def messages_url(self) -> str:
        """Return where messages are posted to."""
        base = self.base_url.rstrip("/")
        return f"{base}/2010-04-01/Accounts/{self.account_sid}/Messages.json"

    @property
    def sender(self) -> dict[str, str]:
        """Return the field that says whom people see."""
        if self.messaging_service_sid:
            return {"MessagingServiceSid": self.messaging_service_sid}
        return {"From": self.source}


class _Taken(msgspec.Struct):
    sid: str


class _NotTaken(msgspec.Struct):
    code: int = 0


class TwilioProvider:
    """Sends windows of short messages for one account, a call for each."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._calls = Calls(settings, Pace(settings.per_second, settings.burst).turn)
        secret = settings.auth_token.get_secret_value()
        self._url = settings.messages_url
        self._headers = {
            "Authorization": encode_basic_auth(settings.account_sid, secret),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._callbacks = CallbackServer(name, settings.callback_url, secret, on_receipt, clock)

    async def open(self) -> None:
        """Listen for callbacks, then make room for connections."""
        if self._settings.callback_listen:
            host, _, port = self._settings.callback_listen.rpartition(":")
            await self._callbacks.start(host.strip("[]"), int(port))
        await self._calls.open()

    async def close(self) -> None:
        """Close every connection; callbacks come again to whoever listens next."""
        await self._calls.close()
        await self._callbacks.close()

    def takes(self, address: str) -> bool:
        """Take every address: they are all phones."""
        del address
        return True

    async def send(self, window: Window) -> Sequence[Answer]:
        """Call for each recipient, as many at a time as settings allow."""
        refused = may_send(window, self._settings)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        fields = self._fields(window)
        answers = await asyncio.gather(*(self._sent(fields, to) for to in window.recipients))
        return unless_down(self.name, answers, self._settings.failed_seconds)

    def _fields(self, window: Window) -> dict[str, str]:
        """Return what is said to everybody."""
        left = int((window.expires_at - self._clock.now()).total_seconds())
        fields = {
            "Body": window.text.body,
            "ValidityPeriod": str(min(max(left, 1), LONGEST_VALIDITY_SECONDS)),
        } | self._settings.sender
        callback = self._settings.callback_url
        if callback:
            fields["StatusCallback"] = callback if "#" in callback else callback + COME_AGAIN
        return fields

    async def _sent(self, fields: dict[str, str], to: Recipient) -> Answer:
        number = international(to.address)
        if number is None:
            return Refused(Reason.ADDRESS_MALFORMED)
        body = urlencode({"To": number} | fields).encode()
        return await self._calls.answer(Call("POST", self._url, self._headers, body), self._read)

    def _read(self, heard: Answered) -> Answer:
        if heard.status in TAKEN:
            return self._taken(heard.body)
        settings = self._settings
        wish = heard.headers.get("retry-after")
        pause = retry_after(wish, self._clock.now(), settings.busy_seconds)
        return answer_to(heard.status, _code(heard.body), pause, settings.failed_seconds)

    def _taken(self, body: bytes) -> Answer:
        """Return the id that receipts will name; what says none is possibly sent."""
        try:
            sid = msgspec.json.decode(body, type=_Taken).sid
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Unsure(Reason.NOT_UNDERSTOOD)
        return Accepted(sid, receipt_expected=bool(self._settings.callback_url))


def _code(body: bytes) -> int:
    try:
        return msgspec.json.decode(body, type=_NotTaken).code
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0
