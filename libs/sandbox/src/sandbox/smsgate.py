"""The SMS company: takes short messages over HTTP, as Twilio does or plainly, and calls back."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from types import MappingProxyType
from typing import Any, Final

import msgspec
from aiohttp import encode_basic_auth, web

from sandbox.callbacks import Callback, Callbacks
from sandbox.desk import Desk
from sandbox.faults import Fault, Mode
from sandbox.smsc import Fate, Fates
from sandbox.witness import Received
from smpp import CommandStatus, MessageState

LARGEST_REQUEST_OCTETS: Final = 64_000
LONGEST_TEXT: Final = 1600
LONGEST_VALIDITY_SECONDS: Final = 36_000
PHONE: Final = re.compile(r"\+?[0-9]{3,15}")
CALLED_BACK_AT: Final = re.compile(r"https?://\S+")
RETRY_AFTER_SECONDS: Final = 2
STATUS_CALLBACK: Final = "status_callback"
ACCOUNT: Final = "account"


@dataclass(frozen=True, slots=True)
class No:
    """A refusal: the status of HTTP, Twilio's code, the word of the plain way, and a sentence."""

    status: int
    code: int
    word: str
    sentence: str


NOT_LET_IN: Final = No(401, 20003, "unauthorized", "Authenticate")
NO_SUCH_NUMBER: Final = No(400, 21211, "no_such_number", "Invalid 'To' Phone Number")
NO_TEXT: Final = No(400, 21602, "no_text", "Message body is required")
NO_SENDER: Final = No(400, 21603, "no_sender", "A 'From' phone number is required")
BAD_CALLBACK: Final = No(400, 21609, "bad_callback", "The StatusCallback URL is not valid")
TOO_LONG: Final = No(400, 21617, "too_long", "The message body has more than 1600 characters")
BAD_VALIDITY: Final = No(400, 90007, "bad_validity", "Invalid validity period value")
REFUSALS: Final[Mapping[CommandStatus, No]] = MappingProxyType(
    {
        CommandStatus.ESME_RINVDSTADR: NO_SUCH_NUMBER,
        CommandStatus.ESME_RTHROTTLED: No(429, 20429, "too_fast", "Too Many Requests"),
        CommandStatus.ESME_RSUBMITFAIL: No(400, 21612, "rejected", "'To' cannot be reached"),
    }
)
ENDS: Final[Mapping[MessageState, tuple[str, str]]] = MappingProxyType(
    {
        MessageState.DELIVERED: ("delivered", ""),
        MessageState.UNDELIVERABLE: ("undelivered", "30003"),
        MessageState.EXPIRED: ("undelivered", "30036"),
        MessageState.REJECTED: ("failed", "30007"),
    }
)


class RefusedError(Exception):
    """The company does not take a message."""

    def __init__(self, no: No) -> None:
        super().__init__(no.sentence)
        self.no = no


@dataclass(frozen=True, slots=True)
class Submission:
    """A message as it was handed in, whichever way."""

    to: str
    text: str
    sender: str
    validity_seconds: str
    reference: str = ""
    account: str = ""
    status_callback: str = ""

    def check(self) -> None:
        """Raise RefusedError for what Twilio would not take either."""
        validity = self.validity_seconds
        known = validity.isdecimal() and 1 <= int(validity) <= LONGEST_VALIDITY_SECONDS
        faults = {
            NO_SUCH_NUMBER: not PHONE.fullmatch(self.to),
            NO_TEXT: not self.text,
            TOO_LONG: len(self.text) > LONGEST_TEXT,
            NO_SENDER: not self.sender,
            BAD_VALIDITY: bool(validity) and not known,
            BAD_CALLBACK: bool(self.status_callback)
            and not CALLED_BACK_AT.fullmatch(self.status_callback),
        }
        for no, is_so in faults.items():
            if is_so:
                raise RefusedError(no)


class Smsgate:
    """Takes messages on one port; whoever calls knows the password."""

    def __init__(
        self, desk: Desk, password: str, receipt_seconds: float, callbacks: Callbacks
    ) -> None:
        self._desk = desk
        self._password = password
        self._receipt_seconds = receipt_seconds
        self._callbacks = callbacks
        self._fates = Fates()
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        await self._callbacks.open()
        app = web.Application(client_max_size=LARGEST_REQUEST_OCTETS)
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._as_twilio)
        app.router.add_post("/messages", self._plainly)
        app.router.add_get("/messages", self._plainly, allow_head=False)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        number: int = self._runner.addresses[0][1]
        return number

    def give(self, owed: Iterable[Received]) -> None:
        """Call back for what was taken before."""
        for received in owed:
            self._callbacks.tell_later(_callback(received), self._receipt_seconds)

    async def close(self) -> None:
        """Stop listening and close every connection."""
        self._desk.behavior.tell(Fault())
        if self._runner is not None:
            await self._runner.cleanup()
        await self._callbacks.close()

    async def _as_twilio(self, request: web.Request) -> web.Response:
        account = request.match_info["account"]
        form = {name: str(value) for name, value in (await request.post()).items()}
        submission = Submission(
            to=form.get("To", ""),
            text=form.get("Body", ""),
            sender=form.get("From") or form.get("MessagingServiceSid", ""),
            validity_seconds=form.get("ValidityPeriod", ""),
            account=account,
            status_callback=form.get("StatusCallback", ""),
        )
        try:
            self._let_in(request, encode_basic_auth(account, self._password))
            received = await self._take(request, submission)
        except RefusedError as refused:
            no = refused.no
            told = {"code": no.code, "message": no.sentence, "status": no.status}
            return web.json_response(told, status=no.status, headers=_headers(no))
        told = {"sid": received.id, "status": "queued", "error_code": None, "to": received.address}
        return web.json_response(told, status=201)

    async def _plainly(self, request: web.Request) -> web.Response:
        try:
            self._let_in(request, f"Bearer {self._password}")
            told = await _told(request)
            submission = Submission(
                to=told.get("to", ""),
                text=told.get("text", ""),
                sender=told.get("from", ""),
                validity_seconds=told.get("validity_seconds", ""),
                reference=told.get("reference", ""),
            )
            received = await self._take(request, submission)
        except RefusedError as refused:
            no = refused.no
            error = {"code": no.word, "message": no.sentence}
            status = 200 if no.status == web.HTTPBadRequest.status_code else no.status
            answer = {"result": "refused", "error": error}
            return web.json_response(answer, status=status, headers=_headers(no))
        taken = {"result": "accepted", "messages": [{"id": received.id}]}
        return web.json_response(taken, status=202)

    def _let_in(self, request: web.Request, authorization: str) -> None:
        shown = request.headers.get("Authorization", "")
        if not compare_digest(shown.encode("utf-8", "replace"), authorization.encode()):
            raise RefusedError(NOT_LET_IN)

    async def _take(self, request: web.Request, submission: Submission) -> Received:
        """Write a message down and take it, or refuse it."""
        mode = await self._desk.behavior.meet()
        if mode is Mode.THROTTLE:
            raise RefusedError(REFUSALS[CommandStatus.ESME_RTHROTTLED])
        submission.check()
        fate = self._fates.of(submission.to)
        if mode is Mode.REFUSE:
            fate = Fate("told to refuse", status=CommandStatus.ESME_RSUBMITFAIL)
        if fate.seconds:
            await asyncio.sleep(fate.seconds)
        received = await self._desk.write_down(self._received(submission, fate), mode)
        if fate.status is not None:
            raise RefusedError(REFUSALS[fate.status])
        if fate.lost and request.transport is not None:
            request.transport.close()
        if fate.silent or mode is Mode.MUTE:
            await self._desk.behavior.hang()
        await self._call_back(received, fate)
        return received

    def _received(self, submission: Submission, fate: Fate) -> Received:
        wants = submission.status_callback and fate.status is None
        return Received(
            at=self._desk.now(),
            channel=self._desk.channel,
            id=f"SM{self._desk.new_id()}{self._desk.new_id()}",
            address="+" + submission.to.lstrip("+"),
            text=submission.text,
            sender=submission.sender,
            alert=submission.reference.partition("/")[0],
            reference=submission.reference,
            answer="accepted" if fate.status is None else str(REFUSALS[fate.status].code),
            receipt=fate.state.name.lower() if wants and fate.state and fate.receipts else "",
            headers={
                "validity_period": submission.validity_seconds,
                ACCOUNT: submission.account,
                STATUS_CALLBACK: submission.status_callback,
            },
        )

    async def _call_back(self, received: Received, fate: Fate) -> None:
        if not received.receipt:
            return
        callback = _callback(received)
        if fate.receipt_first:
            await self._callbacks.tell(callback)
            return
        for _ in range(fate.receipts):
            self._callbacks.tell_later(callback, self._receipt_seconds)


def _callback(received: Received) -> Callback:
    status, code = ENDS[MessageState[received.receipt.upper()]]
    known = {
        "MessageSid": received.id,
        "AccountSid": received.headers[ACCOUNT],
        "From": received.sender,
        "To": received.address,
    }
    failed = {"ErrorCode": code} if code else {}
    return Callback(
        received.id,
        received.headers[STATUS_CALLBACK],
        first=known | {"MessageStatus": "sent"},
        last=known | failed | {"MessageStatus": status},
    )


async def _told(request: web.Request) -> dict[str, str]:
    """Return the fields of a query, a form or JSON."""
    if request.method == "GET":
        return dict(request.query)
    if request.content_type != "application/json":
        return {name: str(value) for name, value in (await request.post()).items()}
    try:
        told: dict[str, Any] = msgspec.json.decode(await request.read(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error
    return {name: str(value) for name, value in told.items()}


def _headers(no: No) -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if no.status == 429 else {}  # noqa: PLR2004
