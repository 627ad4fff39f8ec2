"""Short messages over whichever HTTP interface a company has, as the settings describe it."""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Any, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from common.clock import Clock
from notification.guard import may_send
from notification.ports import Answer, OnReceipt, Recipient, Refused, Window
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.shortmessage.calling import (
    Call,
    CallingSettings,
    Calls,
    checked_url,
    unless_down,
)
from notification.shortmessage.judging import Pauses, Rules, as_text
from notification.shortmessage.numbers import international
from notification.shortmessage.tables import JsonTable, Reasons, Table
from notification.shortmessage.templates import (
    TEXT,
    TO,
    Fields,
    Values,
    check_names,
    in_form,
    in_json,
    in_url,
    names_in,
)
from notification.web.again import retry_after
from notification.web.answered import Answered

FORM_TYPE: Final = {"content-type": "application/x-www-form-urlencoded"}
JSON_TYPE: Final = {"content-type": "application/json"}
HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]*")
STATUSES: Final = range(100, 600)


class Settings(CallingSettings):
    """A request with placeholders, and what its answer means.

    `url`, `headers`, and `json_body` or `form_body` may hold {to}, {text}, {from}, {reference} and
    {validity_seconds}. A path leads into the JSON of the answer, as in `messages.0.id`.
    """

    method: Literal["POST", "PUT", "GET"] = "POST"
    url: str = Field(repr=False)
    headers: Table = Field(default=(), repr=False)
    json_body: JsonTable = Field(default="", repr=False)
    form_body: Table = Field(default=(), repr=False)
    source: str = "KENTONGAN"
    plus: bool = True
    longest_validity_seconds: int = Field(default=86_400, ge=1)
    accepted_statuses: tuple[int, ...] = (200, 201, 202)
    accepted_path: str = ""
    accepted_values: tuple[str | int | float | bool, ...] = ()
    message_id_path: str = ""
    error_path: str = ""
    error_reasons: Reasons = ()
    status_reasons: Reasons = ()

    @field_validator("url")
    @classmethod
    def the_host_is_named(cls, url: str) -> str:
        """Refuse what is no URL, and a placeholder where it would choose the host."""
        check_names(names_in(url))
        if any(names_in(checked_url(url).netloc)):
            raise ValueError("no placeholder stands in the host")
        return url

    @field_validator("headers")
    @classmethod
    def headers_are_headers(cls, headers: Fields) -> Fields:
        """Refuse what would break the lines of a request."""
        for name, value in headers:
            check_names(names_in(value))
            if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                raise ValueError(f"{name!r} or its value cannot stand in a header")
        return headers

    @field_validator("json_body")
    @classmethod
    def json_is_filled_in(cls, template: str) -> str:
        """Refuse a placeholder that does not exist."""
        check_names(names_in(json.loads(template or "{}")))
        return template

    @field_validator("form_body")
    @classmethod
    def the_form_is_filled_in(cls, fields: Fields) -> Fields:
        """Refuse a placeholder that does not exist."""
        check_names(names_in([value for _, value in fields]))
        return fields

    @field_validator("status_reasons")
    @classmethod
    def statuses_are_numbers(cls, reasons: Sequence[tuple[str, Reason]]) -> Any:
        """Refuse what is no status of HTTP."""
        for status, _ in reasons:
            if not status.isdecimal() or int(status) not in STATUSES:
                raise ValueError(f"{status} is no status from 100 to 599")
        return reasons

    @model_validator(mode="after")
    def there_is_one_body(self) -> Self:
        """Refuse two bodies, and one where none is read."""
        if self.json_body and self.form_body:
            raise ValueError("json_body or form_body is set, and not both")
        if self.method == "GET" and (self.json_body or self.form_body):
            raise ValueError("with method GET all stands in url: neither json_body nor form_body")
        return self

    @model_validator(mode="after")
    def somebody_is_told_something(self) -> Self:
        """Refuse a request that says nothing, or nobody's number."""
        names = {*names_in(self.url), *names_in([value for _, value in self.form_body])}
        names |= {*names_in(self.json_template)}
        missing = [f"{{{each}}}" for each in (TO, TEXT) if each not in names]
        if missing:
            raise ValueError(f"url, json_body or form_body holds {' and '.join(missing)}")
        return self

    @model_validator(mode="after")
    def answers_are_understood(self) -> Self:
        """Refuse half a rule about answers."""
        if bool(self.accepted_path) is not bool(self.accepted_values):
            raise ValueError("accepted_path and accepted_values are set together")
        if self.error_reasons and not self.error_path:
            raise ValueError("error_reasons needs error_path")
        doubled = {str(each) for each in self.accepted_statuses} & set(dict(self.status_reasons))
        if doubled:
            raise ValueError(f"status_reasons holds no accepted status: {', '.join(doubled)}")
        return self

    @property
    def json_template(self) -> Any:
        """Return the table of `json_body`."""
        return json.loads(self.json_body or "{}")

    @property
    def rules(self) -> Rules:
        """Return what answers mean."""
        return Rules(
            accepted_statuses=frozenset(self.accepted_statuses),
            accepted_path=self.accepted_path,
            accepted_values=frozenset(map(as_text, self.accepted_values)),
            message_id_path=self.message_id_path,
            error_path=self.error_path,
            error_reasons=dict(self.error_reasons),
            status_reasons={int(status): reason for status, reason in self.status_reasons},
        )


class HttpProvider:
    """Sends windows of short messages, a request for each."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._rules = settings.rules
        self._template = settings.json_template
        self._calls = Calls(settings, Pace(settings.per_second, settings.burst).turn)

    async def open(self) -> None:
        """Make room for connections."""
        await self._calls.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._calls.close()

    def takes(self, address: str) -> bool:
        """Take every address: they are all phones."""
        del address
        return True

    async def send(self, window: Window) -> Sequence[Answer]:
        """Call for each recipient, as many at a time as settings allow."""
        refused = may_send(window, self._settings)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        left = int((window.expires_at - self._clock.now()).total_seconds())
        known = {
            "text": window.text.body,
            "from": self._settings.source,
            "validity_seconds": str(min(max(left, 1), self._settings.longest_validity_seconds)),
        }
        answers = await asyncio.gather(
            *(self._sent(known, window.alert_id, to) for to in window.recipients)
        )
        return unless_down(self.name, answers, self._settings.failed_seconds)

    async def _sent(self, known: Values, alert_id: str, to: Recipient) -> Answer:
        number = international(to.address)
        if number is None:
            return Refused(Reason.ADDRESS_MALFORMED)
        reference = f"{alert_id}/{to.id}"
        written = number if self._settings.plus else number.removeprefix("+")
        call = self._call({**known, "to": written, "reference": reference})
        return await self._calls.answer(call, lambda heard: self._read(heard, reference))

    def _call(self, values: Values) -> Call:
        settings = self._settings
        kind, body = self._body(values)
        own = {name.lower(): in_url(value, values) for name, value in settings.headers}
        return Call(settings.method, in_url(settings.url, values), kind | own, body)

    def _body(self, values: Values) -> tuple[dict[str, str], bytes | None]:
        """Return the header that says what the body is, and the body."""
        if self._settings.json_body:
            return JSON_TYPE, in_json(self._template, values)
        if self._settings.form_body:
            return FORM_TYPE, in_form(self._settings.form_body, values)
        return {}, None

    def _read(self, heard: Answered, reference: str) -> Answer:
        settings = self._settings
        wish = heard.headers.get("retry-after")
        pause = retry_after(wish, self._clock.now(), settings.busy_seconds)
        return self._rules.judge(heard, reference, Pauses(pause, settings.failed_seconds))
