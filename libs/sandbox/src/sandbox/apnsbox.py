"""Apple's push service, over HTTP/2 without TLS: many streams, and the key of one team."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sandbox.desk import Desk
from sandbox.fates import MAGIC_FATES, Fates, LostError, Refused
from sandbox.faults import Mode
from sandbox.streams import Request, Served, StreamServer
from sandbox.witness import Received

KEY_FILE: Final = "apns-key.p8"
KEY_ID: Final = "SANDBOX001"
TEAM_ID: Final = "DESA000001"
TOPIC: Final = "example.desa.alerts"
OLDEST_TOKEN_SECONDS: Final = 3600
LARGEST_PAYLOAD_OCTETS: Final = 4096
LONGEST_COLLAPSE_ID_OCTETS: Final = 64
PATH: Final = "/3/device/"
SHOWN: Final = ("apns-topic", "apns-push-type", "apns-priority", "apns-expiration")
FORM: Final = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
REASONS: Final[dict[int, tuple[int, str]]] = {
    400: (400, "BadMessageId"),
    403: (403, "InvalidProviderToken"),
    404: (400, "BadDeviceToken"),
    410: (410, "Unregistered"),
    413: (413, "PayloadTooLarge"),
    429: (429, "TooManyRequests"),
    500: (500, "InternalServerError"),
    503: (503, "ServiceUnavailable"),
}


class Wrong(Exception):  # noqa: N818 - an answer
    """APNs says no, with a status and a reason of its own."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class _Alert(msgspec.Struct):
    title: str = ""
    body: str = ""


class _Aps(msgspec.Struct):
    alert: _Alert


class _Payload(msgspec.Struct):
    aps: _Aps
    alert: str = ""
    url: str = ""


class Apnsbox:
    """Takes notifications for one app; a device token that ends with a fate in hexadecimal has it.

    Its key is in a file, as if it had been fetched from Apple.
    """

    def __init__(self, desk: Desk, key_file: Path) -> None:
        self._desk = desk
        self._fates = Fates(desk)
        self._key = _key(key_file).public_key()
        self._server = StreamServer(self._answer)

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        return await self._server.start(host, port)

    async def close(self) -> None:
        """Stop listening and close every connection."""
        await self._server.close()

    async def _answer(self, request: Request) -> Served | None:
        """Answer one request, or None to lose the connection."""
        try:
            name = await self._take(request, await self._desk.behavior.meet())
        except Wrong as wrong:
            return _refusal(wrong.status, wrong.reason)
        except Refused as refused:
            return _refusal(*REASONS[refused.status], refused.retry_after)
        except LostError:
            return None
        return Served(200, {"apns-id": name})

    async def _take(self, request: Request, mode: Mode) -> str:
        if mode is Mode.THROTTLE:
            raise Refused(429, "too many requests")
        self._check(request)
        device = _device(request.path)
        payload = _payload(bytes(request.body))
        received = self._received(request, device, payload)
        fate = self._fates.of(_fate_in(device), device, mode)
        await self._fates.meet(received, fate, mode)
        return received.id

    def _check(self, request: Request) -> None:
        headers = request.headers
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Wrong(403, "MissingProviderToken")
        self._verify(token)
        if headers.get("apns-topic") != TOPIC:
            raise Wrong(400, "TopicDisallowed" if "apns-topic" in headers else "MissingTopic")
        if headers.get("apns-push-type") != "alert":
            raise Wrong(400, "InvalidPushType")
        if headers.get("apns-priority", "10") not in {"1", "5", "10"}:
            raise Wrong(400, "BadPriority")
        if not headers.get("apns-expiration", "0").isdecimal():
            raise Wrong(400, "BadExpirationDate")
        if len(headers.get("apns-collapse-id", "").encode()) > LONGEST_COLLAPSE_ID_OCTETS:
            raise Wrong(400, "BadCollapseId")

    def _verify(self, token: str) -> None:
        try:
            signed, _, signature = token.rpartition(".")
            head, claims = (json.loads(_octets(part)) for part in signed.split("."))
            self._key.verify(_der(_octets(signature)), signed.encode(), ECDSA(SHA256()))
            is_ours = (head["kid"], claims["iss"]) == (KEY_ID, TEAM_ID)
            age = self._desk.clock.now().timestamp() - claims["iat"]
        except (ValueError, KeyError, TypeError, InvalidSignature) as wrong:
            raise Wrong(403, "InvalidProviderToken") from wrong
        if not is_ours:
            raise Wrong(403, "InvalidProviderToken")
        if not -OLDEST_TOKEN_SECONDS < age < OLDEST_TOKEN_SECONDS:
            raise Wrong(403, "ExpiredProviderToken")

    def _received(self, request: Request, device: str, payload: _Payload) -> Received:
        headers = request.headers
        return Received(
            at=self._desk.now(),
            channel=self._desk.channel,
            id=self._desk.new_id(),
            address=f"apns:{device}",
            headline=payload.aps.alert.title,
            text=payload.aps.alert.body,
            alert=payload.alert,
            reference=headers.get("apns-collapse-id", ""),
            headers={name: headers[name] for name in SHOWN if name in headers},
        )


def _device(path: str) -> str:
    device = path.removeprefix(PATH)
    if not path.startswith(PATH):
        raise Wrong(404, "BadPath")
    try:
        bytes.fromhex(device)
    except ValueError as wrong:
        raise Wrong(400, "BadDeviceToken") from wrong
    return device


def _fate_in(device: str) -> str:
    return next((name for name in MAGIC_FATES if device.endswith(name.encode().hex())), "")


def _payload(body: bytes) -> _Payload:
    if not body:
        raise Wrong(400, "PayloadEmpty")
    if len(body) > LARGEST_PAYLOAD_OCTETS:
        raise Wrong(413, "PayloadTooLarge")
    try:
        return msgspec.json.decode(body, type=_Payload)
    except msgspec.DecodeError as wrong:
        raise Wrong(400, "BadMessageId") from wrong


def _refusal(status: int, reason: str, retry_after: str = "") -> Served:
    retry = {"retry-after": retry_after} if retry_after else {}
    return Served(status, retry, json.dumps({"reason": reason}).encode())


def _key(file: Path) -> EllipticCurvePrivateKey:
    """Read the key, or make it."""
    if not file.exists():
        pem = generate_private_key(SECP256R1()).private_bytes(*FORM)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(pem)
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ValueError(f"{file} is no key on a curve")  # noqa: TRY004 - of a file
    return key


def _der(signature: bytes) -> bytes:
    if len(signature) != 64:  # noqa: PLR2004 - two numbers of P-256
        raise ValueError("a signature has 64 octets")
    return encode_dss_signature(
        int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    )


def _octets(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
