import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.vapid import CURVE
from sandbox.witness import Received, read

KEY = generate_private_key(CURVE)
MESSAGE = {"title": "Tsunami", "body": "Go up.", "alert": "alert-1", "tag": "chain-1"}


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def authorization(audience: str) -> str:
    ends = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    parts = ({"alg": "ES256"}, {"aud": audience, "exp": ends})
    signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    r, s = decode_dss_signature(KEY.sign(signed.encode(), ECDSA(SHA256())))
    point = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    signature = encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={encoded(point)}"


class Pusher:
    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.origin = f"http://127.0.0.1:{sandbox.ports['push']}"
        self.session = session

    async def subscribe(self, **wish: object) -> dict[str, Any]:
        async with self.session.post(f"{self.origin}/subscriptions", json=wish) as answer:
            assert answer.status == 201
            given: dict[str, Any] = (await answer.json())["subscriptions"][0]
            return given

    async def push(
        self, subscription: dict[str, Any], body: bytes | None = None, **headers: str
    ) -> aiohttp.ClientResponse:
        sent = {
            "TTL": "60",
            "Content-Encoding": "aes128gcm",
            "Authorization": authorization(self.origin),
        } | headers
        body = sealed(subscription) if body is None else body
        async with self.session.post(
            subscription["endpoint"],
            data=body,
            headers={name: value for name, value in sent.items() if value},
        ) as answer:
            await answer.read()
            return answer

    def received(self) -> list[Received]:
        return read(self.sandbox.settings.home / "push.jsonl")


def sealed(subscription: dict[str, Any]) -> bytes:
    made: bytes = http_ece.encrypt(
        json.dumps(MESSAGE).encode(),
        private_key=generate_private_key(CURVE),
        dh=octets(subscription["keys"]["p256dh"]),
        auth_secret=octets(subscription["keys"]["auth"]),
        version="aes128gcm",
    )
    return made


@pytest.fixture
async def pusher(running: Sandbox) -> AsyncIterator[Pusher]:
    timeout = aiohttp.ClientTimeout(total=0.5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield Pusher(running, session)


async def test_a_message_is_opened_and_on_disk_when_it_is_answered(pusher: Pusher) -> None:
    subscription = await pusher.subscribe()
    answer = await pusher.push(subscription, Urgency="high", Topic="abc")
    (received,) = pusher.received()
    assert answer.status == 201
    assert answer.headers["Location"].endswith(f"/messages/{received.id}")
    assert (received.headline, received.text, received.alert) == ("Tsunami", "Go up.", "alert-1")
    assert received.address == subscription["endpoint"]
    assert received.headers["Urgency"] == "high"


@pytest.mark.parametrize(
    ("fate", "status"),
    [("gone", 410), ("missing", 404), ("busy", 429), ("down", 503), ("large", 413)],
)
async def test_a_magic_subscription_is_answered_as_its_fate_says(
    pusher: Pusher, fate: str, status: int
) -> None:
    answer = await pusher.push(await pusher.subscribe(fate=fate))
    assert answer.status == status
    assert [each.accepted for each in pusher.received()] == [False]


async def test_whoever_is_busy_once_says_when_and_takes_it_then(pusher: Pusher) -> None:
    subscription = await pusher.subscribe(fate="busy-once")
    first = await pusher.push(subscription)
    assert (first.status, first.headers["Retry-After"]) == (429, "1")
    assert (await pusher.push(subscription)).status == 201


@pytest.mark.parametrize("fate", ["silent", "lost"])
async def test_what_was_taken_and_not_answered_was_received(pusher: Pusher, fate: str) -> None:
    subscription = await pusher.subscribe(fate=fate)
    with pytest.raises((TimeoutError, aiohttp.ClientError)):
        await pusher.push(subscription)
    assert [each.accepted for each in pusher.received()] == [True]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"TTL": ""}, 400),
        ({"TTL": "soon"}, 400),
        ({"Urgency": "extreme"}, 400),
        ({"Topic": "a" * 33}, 400),
        ({"Topic": "a b"}, 400),
        ({"Content-Encoding": "aesgcm"}, 415),
        ({"Authorization": ""}, 401),
        ({"Authorization": authorization("https://elsewhere.example")}, 401),
    ],
)
async def test_a_request_that_breaks_the_standard_is_refused(
    pusher: Pusher, headers: dict[str, str], status: int
) -> None:
    assert (await pusher.push(await pusher.subscribe(), None, **headers)).status == status
    assert pusher.received() == []


async def test_what_cannot_be_opened_is_refused(pusher: Pusher) -> None:
    other = sealed(await pusher.subscribe())
    subscription = await pusher.subscribe()
    for body in (b"", b"x" * 100, other):
        assert (await pusher.push(subscription, body)).status == 400


async def test_a_message_of_more_than_4096_octets_is_too_large(pusher: Pusher) -> None:
    assert (await pusher.push(await pusher.subscribe(), b"x" * 4097)).status == 413


async def test_a_token_that_was_never_given_out_is_not_found(pusher: Pusher) -> None:
    subscription = await pusher.subscribe()
    subscription["endpoint"] += "x"
    assert (await pusher.push(subscription)).status == 404


async def test_a_subscription_for_one_server_does_not_take_from_another(pusher: Pusher) -> None:
    point = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    ours = await pusher.subscribe(application_server_key=encoded(point))
    theirs = await pusher.subscribe(application_server_key="BAAA")
    assert (await pusher.push(ours)).status == 201
    assert (await pusher.push(theirs)).status == 403


@pytest.mark.parametrize(("mode", "status"), [(Mode.THROTTLE, 429), (Mode.REFUSE, 400)])
async def test_the_push_service_behaves_as_it_is_told(
    pusher: Pusher, mode: Mode, status: int
) -> None:
    subscription = await pusher.subscribe()
    pusher.sandbox.behaviors["push"].tell(Fault(mode=mode))
    assert (await pusher.push(subscription)).status == status


async def test_a_wish_that_cannot_be_granted_is_refused(pusher: Pusher) -> None:
    for wish in ({"fate": "explode"}, {"count": 0}, {"nonsense": 1}):
        async with pusher.session.post(f"{pusher.origin}/subscriptions", json=wish) as answer:
            assert answer.status == 422
