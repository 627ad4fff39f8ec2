import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.apnsbox import KEY_FILE, KEY_ID, TEAM_ID, TOPIC
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read

Answer = tuple[int, dict[str, str], bytes]
Asks = Callable[[int, str, dict[str, str], bytes], Awaitable[Answer]]
PHONE = "00fc13adff785122" * 4
PAYLOAD = {"aps": {"alert": {"title": "Tsunami", "body": "Go up."}}, "alert": "a1"}


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def token(key_file: Path, key_id: str = KEY_ID, **changed: object) -> str:
    key = load_pem_private_key(key_file.read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    claims = {"iss": TEAM_ID, "iat": int(datetime.now(UTC).timestamp())} | changed
    parts = ({"alg": "ES256", "kid": key_id}, claims)
    signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class Apple:
    def __init__(self, sandbox: Sandbox, ask: Asks) -> None:
        self.sandbox = sandbox
        self.key_file = sandbox.settings.home / KEY_FILE
        self._ask = ask

    async def push(
        self, device: str = PHONE, body: object = PAYLOAD, **changed: str
    ) -> tuple[int, Any]:
        written = json.dumps(body).encode() if body is not None else b""
        known = {
            "authorization": f"bearer {token(self.key_file)}",
            "apns-topic": TOPIC,
            "apns-push-type": "alert",
        }
        headers = known | {name.replace("_", "-"): value for name, value in changed.items()}
        port, path = self.sandbox.ports["apns"], f"/3/device/{device}"
        sent = {name: value for name, value in headers.items() if value}
        status, said, answer = await self._ask(port, path, sent, written)
        return status, json.loads(answer)["reason"] if answer else said["apns-id"]

    def received(self) -> list[Received]:
        return read(self.sandbox.settings.home / "push.jsonl")


@pytest.fixture
def apple(running: Sandbox, ask: Asks) -> Apple:
    return Apple(running, ask)


async def test_a_notification_is_on_disk_when_it_is_answered(apple: Apple) -> None:
    status, name = await apple.push(apns_priority="10", apns_collapse_id="flood")
    (received,) = apple.received()
    assert (status, name) == (200, received.id)
    assert received.address == f"apns:{PHONE}"
    assert (received.headline, received.text, received.alert) == ("Tsunami", "Go up.", "a1")
    assert (received.reference, received.headers["apns-priority"]) == ("flood", "10")


@pytest.mark.parametrize(
    ("fate", "status", "reason"),
    [
        ("gone", 410, "Unregistered"),
        ("missing", 400, "BadDeviceToken"),
        ("busy", 429, "TooManyRequests"),
        ("down", 503, "ServiceUnavailable"),
        ("broken", 500, "InternalServerError"),
    ],
)
async def test_a_magic_device_is_answered_as_its_fate_says(
    apple: Apple, fate: str, status: int, reason: str
) -> None:
    assert await apple.push(PHONE + fate.encode().hex()) == (status, reason)
    assert [each.accepted for each in apple.received()] == [False]


@pytest.mark.parametrize("fate", ["silent", "lost"])
async def test_what_was_taken_and_not_answered_was_received(apple: Apple, fate: str) -> None:
    with pytest.raises((TimeoutError, EOFError, ConnectionError)):
        await apple.push(PHONE + fate.encode().hex())
    assert [each.accepted for each in apple.received()] == [True]


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"authorization": ""}, 403, "MissingProviderToken"),
        ({"authorization": "bearer x.y.z"}, 403, "InvalidProviderToken"),
        ({"apns_topic": ""}, 400, "MissingTopic"),
        ({"apns_topic": "elsewhere"}, 400, "TopicDisallowed"),
        ({"apns_push_type": "background"}, 400, "InvalidPushType"),
        ({"apns_priority": "7"}, 400, "BadPriority"),
        ({"apns_expiration": "soon"}, 400, "BadExpirationDate"),
        ({"apns_collapse_id": "x" * 65}, 400, "BadCollapseId"),
    ],
)
async def test_what_apple_would_not_take_is_refused(
    apple: Apple, changed: dict[str, str], status: int, reason: str
) -> None:
    assert await apple.push(**changed) == (status, reason)
    assert apple.received() == []


async def test_only_our_team_is_let_in_and_only_for_an_hour(apple: Apple) -> None:
    file = apple.key_file
    for written, reason in (
        (token(file, iss="ELSEWHERE1"), "InvalidProviderToken"),
        (token(file, "ELSEWHERE1"), "InvalidProviderToken"),
        (token(file, iat=1), "ExpiredProviderToken"),
        (f"{token(file, iat=2).rpartition('.')[0]}.{token(file)[-86:]}", "InvalidProviderToken"),
    ):
        assert await apple.push(authorization=f"bearer {written}") == (403, reason)


@pytest.mark.parametrize(
    ("device", "body", "status", "reason"),
    [
        ("xyz", PAYLOAD, 400, "BadDeviceToken"),
        (PHONE, None, 400, "PayloadEmpty"),
        (PHONE, {"aps": {"alert": {"body": "x" * 4096}}}, 413, "PayloadTooLarge"),
    ],
)
async def test_what_is_for_nobody_or_too_much_is_refused(
    apple: Apple, device: str, body: object, status: int, reason: str
) -> None:
    assert await apple.push(device, body) == (status, reason)


@pytest.mark.parametrize(("mode", "status"), [(Mode.THROTTLE, 429), (Mode.REFUSE, 400)])
async def test_apple_behaves_as_it_is_told(apple: Apple, mode: Mode, status: int) -> None:
    apple.sandbox.behaviors["push"].tell(Fault(mode=mode))
    assert (await apple.push())[0] == status


async def test_the_key_outlives_a_restart_and_is_for_its_owner_only(apple: Apple) -> None:
    assert apple.key_file.stat().st_mode & 0o777 == 0o600
    key = apple.key_file.read_bytes()
    await apple.sandbox.close()
    await apple.sandbox.start()
    assert apple.key_file.read_bytes() == key
