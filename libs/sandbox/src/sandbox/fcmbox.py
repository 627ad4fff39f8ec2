"""Firebase Cloud Messaging, HTTP v1: grants access tokens, and takes messages that show one."""

import asyncio
import json
import re
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

import msgspec
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.desk import Desk
from sandbox.fates import Fates, LostError, Refused, hung_up
from sandbox.faults import Mode
from sandbox.witness import Received

PROJECT: Final = "desa"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
TOKEN_SECONDS: Final = 3599
LONGEST_CLAIM_SECONDS: Final = 3600
WAIT: Final = re.compile(r"\d{1,7}(\.\d{1,9})?s")
TOKEN: Final = re.compile(r"[A-Za-z0-9_:-]{10,1000}")
NAMES: Final[dict[int, tuple[int, str]]] = {
    400: (400, "INVALID_ARGUMENT"),
    401: (401, "UNAUTHENTICATED"),
    403: (403, "SENDER_ID_MISMATCH"),
    404: (404, "UNREGISTERED"),
    410: (404, "UNREGISTERED"),
    413: (400, "INVALID_ARGUMENT"),
    429: (429, "QUOTA_EXCEEDED"),
    500: (500, "INTERNAL"),
    503: (503, "UNAVAILABLE"),
}


class _Notification(msgspec.Struct):
    title: str = ""
    body: str = ""


class _Shown(msgspec.Struct):
    tag: str = ""


class _Android(msgspec.Struct):
    priority: str = "normal"
    ttl: str = "2419200s"
    collapse_key: str = ""
    notification: _Shown = msgspec.field(default_factory=_Shown)


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    notification: _Notification
    data: dict[str, str] = {}
    android: _Android = msgspec.field(default_factory=_Android)
    apns: dict[str, Any] = {}
    webpush: dict[str, Any] = {}


class _Asked(msgspec.Struct):
    message: _Message


class Fcmbox:
    """Takes messages for one project; a token that ends with `:` and a fate has that fate."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._fates = Fates(desk)
        self._accounts: dict[str, RSAPublicKey] = {}
        self._granted: dict[str, float] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what it answers to; it gives out service accounts, and takes tokens back."""
        return [
            web.post("/service-accounts", self._account),
            web.post("/token", self._token),
            web.delete("/tokens", self._forget),
            web.post("/v1/projects/{project}/messages:send", self._send),
        ]

    async def _forget(self, request: web.Request) -> web.Response:
        """Take no access token any more that was granted until now."""
        del request
        self._granted.clear()
        return web.Response(status=204)

    async def _account(self, request: web.Request) -> web.Response:
        key = await asyncio.to_thread(generate_private_key, 65537, 2048)
        name = f"{secrets.token_hex(4)}@{PROJECT}.iam.gserviceaccount.com"
        self._accounts[name] = key.public_key()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": secrets.token_hex(20),
            "private_key": pem.decode(),
            "client_email": name,
            "token_uri": _token_uri(request),
        }
        return web.json_response(account, status=201)

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        try:
            if form.get("grant_type") != GRANT:
                raise ValueError("unsupported grant type")  # noqa: TRY301 - all are one answer
            self._verify(str(form.get("assertion", "")), _token_uri(request))
        except (ValueError, KeyError, InvalidSignature) as wrong:
            said = {"error": "invalid_grant", "error_description": str(wrong)}
            return web.json_response(said, status=400)
        token = secrets.token_urlsafe(24)
        self._granted[token] = self._now() + TOKEN_SECONDS
        granted = {"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}
        return web.json_response(granted)

    def _verify(self, assertion: str, audience: str) -> None:
        """Check an assertion as RFC 7523 §3 says; raise if it does not hold."""
        signed, _, signature = assertion.rpartition(".")
        head, claims = (json.loads(_octets(part)) for part in signed.split("."))
        key = self._accounts[claims["iss"]]
        key.verify(_octets(signature), signed.encode(), PKCS1v15(), SHA256())
        is_now = claims["iat"] <= self._now() + 60 and self._now() < claims["exp"]
        if head["alg"] != "RS256" or claims["aud"] != audience or claims["scope"] != SCOPE:
            raise ValueError("it is for somebody else")
        if not is_now or claims["exp"] - claims["iat"] > LONGEST_CLAIM_SECONDS:
            raise ValueError("iat and exp are not now")

    async def _send(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["project"] != PROJECT:
            return _error(403, "PERMISSION_DENIED", "The caller does not have permission", {})
        try:
            received = await self._take(request, await self._desk.behavior.meet())
        except Refused as refused:
            return _refusal(refused)
        except LostError:
            return hung_up(request)
        name = f"projects/{PROJECT}/messages/0:{received.id}"
        return web.json_response({"name": name})

    async def _take(self, request: web.Request, mode: Mode) -> Received:
        if mode is Mode.THROTTLE:
            raise Refused(429, "Quota exceeded", "2")
        if self._granted.get(_bearer(request), 0) <= self._now():
            raise Refused(401, "Request had invalid authentication credentials")
        message = _read(await request.read())
        fate = self._fates.of(message.token.rpartition(":")[2], message.token, mode)
        received = self._received(message)
        await self._fates.meet(received, fate, mode)
        return received

    def _received(self, message: _Message) -> Received:
        android = message.android
        shown = {
            "priority": android.priority,
            "ttl": android.ttl,
            "collapse_key": android.collapse_key,
            "apns": json.dumps(message.apns),
            "webpush": json.dumps(message.webpush),
            "url": message.data.get("url", ""),
        }
        return Received(
            at=self._desk.now(),
            channel=self._desk.channel,
            id=self._desk.new_id(),
            address=f"fcm:{message.token}",
            headline=message.notification.title,
            text=message.notification.body,
            alert=message.data.get("alert", ""),
            reference=android.notification.tag,
            headers=shown,
        )

    def _now(self) -> float:
        return self._desk.clock.now().timestamp()


def _read(body: bytes) -> _Message:
    """Read a message as FCM does, and refuse what it refuses."""
    try:
        message = msgspec.json.decode(body, type=_Asked).message
    except msgspec.DecodeError as error:
        raise Refused(400, f"Invalid JSON payload received: {error}") from error
    if not TOKEN.fullmatch(message.token) or message.token.endswith(":malformed"):
        raise Refused(400, "The registration token is not a valid FCM registration token")
    if not WAIT.fullmatch(message.android.ttl):
        raise Refused(400, "Invalid value at 'message.android.ttl'")
    if timedelta(seconds=float(message.android.ttl[:-1])) > timedelta(weeks=4):
        raise Refused(400, "message.android.ttl is at most four weeks")
    if message.android.priority not in {"normal", "high"}:
        raise Refused(400, "Invalid value at 'message.android.priority'")
    return message


def _refusal(refused: Refused) -> web.Response:
    """Say it as FCM does."""
    status, name = NAMES[refused.status]
    retry = {"Retry-After": refused.retry_after} if refused.retry_after else {}
    return _error(status, name, str(refused), retry)


def _error(status: int, name: str, words: str, headers: dict[str, str]) -> web.Response:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    detail = [{"@type": kind, "errorCode": name}]
    error = {"code": status, "message": words, "status": name, "details": detail}
    return web.json_response({"error": error}, status=status, headers=headers)


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def _token_uri(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}/token"


def _octets(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
