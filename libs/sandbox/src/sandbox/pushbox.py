"""The push service: takes Web Push messages (RFC 8030) and opens them as the browser would."""

import re
from typing import Final

import http_ece
import msgspec
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.desk import Desk
from sandbox.fates import MAGIC_FATES, Fates, LostError, Refused, hung_up
from sandbox.faults import Fault, Mode
from sandbox.fcmbox import Fcmbox
from sandbox.ntfybox import Ntfybox
from sandbox.subscriptions import Subscription, Subscriptions
from sandbox.vapid import NotVerified, Verifier
from sandbox.witness import Received

LARGEST_MESSAGE_OCTETS: Final = 4096
LARGEST_REQUEST_OCTETS: Final = 1_000_000
TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
URGENCIES: Final = frozenset({"", "very-low", "low", "normal", "high"})
SHOWN_HEADERS: Final = ("TTL", "Urgency", "Topic", "Content-Encoding")


class Wish(BaseModel):
    """What a test or a demonstration asks of `POST /subscriptions`."""

    model_config = ConfigDict(extra="forbid")

    count: int = Field(default=1, ge=1, le=20_000)
    fate: str = Field(default="", pattern=f"^({'|'.join(MAGIC_FATES)})?$")
    application_server_key: str = ""


class _Shown(msgspec.Struct):
    """What a service worker reads in the message."""

    title: str = ""
    body: str = ""
    alert: str = ""
    tag: str = ""


_READER = msgspec.json.Decoder(_Shown)


class Pushbox:
    """Gives out subscriptions and takes what is pushed; ntfy and FCM are beside it."""

    def __init__(self, desk: Desk, subscriptions: Subscriptions) -> None:
        self._desk = desk
        self._subscriptions = subscriptions
        self.ntfy = Ntfybox(desk)
        self.fcm = Fcmbox(desk)
        self._verifiers: dict[str, Verifier] = {}
        self._fates = Fates(desk)
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        app = web.Application(client_max_size=LARGEST_REQUEST_OCTETS)
        app.router.add_post("/push/{token}", self._push)
        app.router.add_post("/subscriptions", self._subscribe)
        app.router.add_routes(self.ntfy.routes())
        app.router.add_routes(self.fcm.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        number: int = self._runner.addresses[0][1]
        return number

    async def close(self) -> None:
        """Stop listening and close every connection."""
        self._desk.behavior.tell(Fault())
        if self._runner is not None:
            await self._runner.cleanup()

    async def _subscribe(self, request: web.Request) -> web.Response:
        try:
            wish = Wish.model_validate_json(await request.read() or b"{}")
        except ValidationError as error:
            raise web.HTTPUnprocessableEntity(text=str(error)) from error
        created = self._subscriptions.create(wish.count, wish.fate, wish.application_server_key)
        given = [each.given_out(_origin(request)) for each in created]
        return web.json_response({"subscriptions": given}, status=201)

    async def _push(self, request: web.Request) -> web.StreamResponse:
        try:
            message_id = await self._take(request, await self._desk.behavior.meet())
        except Refused as refused:
            retry = {"Retry-After": refused.retry_after} if refused.retry_after else {}
            return web.Response(status=refused.status, text=str(refused), headers=retry)
        except LostError:
            return hung_up(request)
        location = f"{_origin(request)}/messages/{message_id}"
        answered = {"Location": location, "TTL": request.headers["TTL"]}
        return web.Response(status=201, headers=answered)

    async def _take(self, request: web.Request, mode: Mode) -> str:
        subscription = self._subscriptions.find(request.match_info["token"])
        if mode is Mode.THROTTLE:
            raise Refused(429, "too many requests", "2")
        if subscription is None:
            raise Refused(404, "no such subscription")
        self._check(request, subscription)
        sealed = await request.read()
        if len(sealed) > LARGEST_MESSAGE_OCTETS:
            raise Refused(413, "a push message has at most 4096 octets")
        opened = _opened(subscription, sealed)
        received = self._received(request, subscription, opened)
        fate = self._fates.of(subscription.fate, subscription.token, mode)
        await self._fates.meet(received, fate, mode)
        return received.id

    def _check(self, request: web.Request, subscription: Subscription) -> None:
        headers = request.headers
        if headers.get("Content-Encoding") != "aes128gcm":
            raise Refused(415, "the content coding is not aes128gcm")
        if not headers.get("TTL", "").isdecimal():
            raise Refused(400, "TTL is missing (RFC 8030 §5.2)")
        if headers.get("Urgency", "") not in URGENCIES:
            raise Refused(400, "there is no such Urgency (RFC 8030 §5.3)")
        if "Topic" in headers and not TOPIC.fullmatch(headers["Topic"]):
            raise Refused(400, "Topic is up to 32 letters of base64url (RFC 8030 §5.4)")
        self._check_sender(request, subscription)

    def _check_sender(self, request: web.Request, subscription: Subscription) -> None:
        origin = _origin(request)
        verifier = self._verifiers.setdefault(origin, Verifier(origin))
        try:
            authorization = request.headers.get("Authorization", "")
            key = verifier.verify(authorization, self._desk.clock.now())
        except NotVerified as error:
            raise Refused(401, str(error)) from error
        if subscription.server_key and key != subscription.server_key.rstrip("="):
            raise Refused(403, "the subscription belongs to another application server")

    def _received(
        self, request: web.Request, subscription: Subscription, opened: _Shown
    ) -> Received:
        sent = request.headers
        return Received(
            at=self._desk.now(),
            channel=self._desk.channel,
            id=self._desk.new_id(),
            address=f"{_origin(request)}/push/{subscription.token}",
            headline=opened.title,
            text=opened.body,
            alert=opened.alert,
            reference=opened.tag,
            headers={name: sent[name] for name in SHOWN_HEADERS if name in sent},
        )


def _opened(subscription: Subscription, sealed: bytes) -> _Shown:
    try:
        return _READER.decode(subscription.open(sealed))
    except (http_ece.ECEException, msgspec.DecodeError, ValueError) as error:
        raise Refused(400, f"the message cannot be opened: {error}") from error


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
