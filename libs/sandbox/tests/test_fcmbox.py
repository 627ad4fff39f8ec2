import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PHONE = "dQw4w9WgXcQ:APA91b-phone"


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


class App:
    """An app's server as Google sees it."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.origin = f"http://127.0.0.1:{sandbox.ports['push']}"
        self.session = session
        self.account: dict[str, str] = {}
        self.token = ""

    async def register(self) -> None:
        async with self.session.post(f"{self.origin}/service-accounts") as answer:
            assert answer.status == 201
            self.account = await answer.json()

    def assertion(self, **changed: object) -> str:
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": self.account["client_email"],
            "aud": self.account["token_uri"],
            "scope": SCOPE,
            "iat": now,
            "exp": now + 3600,
        }
        parts = ({"alg": "RS256"}, claims | changed)
        signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        key = load_pem_private_key(self.account["private_key"].encode(), None)
        assert isinstance(key, RSAPrivateKey)
        return f"{signed}.{encoded(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"

    async def ask(self, assertion: str, grant: str = GRANT) -> tuple[int, dict[str, Any]]:
        form = {"grant_type": grant, "assertion": assertion}
        async with self.session.post(f"{self.origin}/token", data=form) as answer:
            said: dict[str, Any] = await answer.json()
            return answer.status, said

    async def send(self, token: str = PHONE, project: str = "desa", **more: Any) -> tuple[int, Any]:
        message = {"token": token, "notification": {"title": "Tsunami", "body": "Go up."}, **more}
        url = f"{self.origin}/v1/projects/{project}/messages:send"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.post(url, json={"message": message}, headers=headers) as answer:
            return answer.status, await answer.json()

    def received(self) -> list[Received]:
        return read(self.sandbox.settings.home / "push.jsonl")


@pytest.fixture
async def app(running: Sandbox) -> AsyncIterator[App]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        made = App(running, session)
        await made.register()
        _, granted = await made.ask(made.assertion())
        made.token = granted["access_token"]
        yield made


async def test_a_message_is_on_disk_when_it_is_answered(app: App) -> None:
    status, said = await app.send(data={"alert": "a1"}, android={"ttl": "60s", "priority": "high"})
    (received,) = app.received()
    assert status == 200
    assert said["name"] == f"projects/desa/messages/0:{received.id}"
    assert received.address == f"fcm:{PHONE}"
    assert (received.headline, received.text, received.alert) == ("Tsunami", "Go up.", "a1")
    assert (received.headers["ttl"], received.headers["priority"]) == ("60s", "high")


@pytest.mark.parametrize(
    ("fate", "status", "code"),
    [
        ("gone", 404, "UNREGISTERED"),
        ("busy", 429, "QUOTA_EXCEEDED"),
        ("down", 503, "UNAVAILABLE"),
        ("broken", 500, "INTERNAL"),
        ("forbidden", 403, "SENDER_ID_MISMATCH"),
        ("malformed", 400, "INVALID_ARGUMENT"),
    ],
)
async def test_a_magic_token_is_answered_as_its_fate_says(
    app: App, fate: str, status: int, code: str
) -> None:
    answered, said = await app.send(f"{PHONE}:{fate}")
    assert (answered, said["error"]["details"][0]["errorCode"]) == (status, code)
    assert not any(each.accepted for each in app.received())


@pytest.mark.parametrize("fate", ["silent", "lost"])
async def test_what_was_taken_and_not_answered_was_received(app: App, fate: str) -> None:
    with pytest.raises((TimeoutError, aiohttp.ClientError)):
        async with asyncio.timeout(0.5):
            await app.send(f"{PHONE}:{fate}")
    assert [each.accepted for each in app.received()] == [True]


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://elsewhere.example/token"},
        {"iss": "nobody@desa.example"},
        {"scope": "https://www.googleapis.com/auth/drive"},
        {"exp": 1},
        {"iat": 1},
    ],
)
async def test_an_assertion_that_does_not_hold_gets_no_token(
    app: App, changed: dict[str, object]
) -> None:
    status, said = await app.ask(app.assertion(**changed))
    assert (status, said["error"]) == (400, "invalid_grant")


async def test_an_assertion_that_somebody_else_signed_gets_no_token(app: App) -> None:
    written, _, _ = app.assertion().rpartition(".")
    name = app.account["client_email"]
    await app.register()
    _, _, theirs = app.assertion(iss=name).rpartition(".")
    for assertion in (f"{written}.{theirs}", written, "", "a.b.c"):
        assert (await app.ask(assertion))[0] == 400
    assert (await app.ask(app.assertion(), "password"))[0] == 400


async def test_whoever_shows_no_token_is_not_let_in(app: App) -> None:
    async with app.session.delete(f"{app.origin}/tokens") as answer:
        assert answer.status == 204
    assert (await app.send())[0] == 401
    assert app.received() == []


@pytest.mark.parametrize(
    "more",
    [
        {"token": "no token"},
        {"android": {"ttl": "soon"}},
        {"android": {"ttl": "9999999s"}},
        {"android": {"priority": "urgent"}},
        {"nonsense": 1},
    ],
)
async def test_what_fcm_would_not_take_is_refused(app: App, more: dict[str, Any]) -> None:
    assert (await app.send(**more))[0] == 400
    assert app.received() == []


async def test_another_project_is_not_ours(app: App) -> None:
    assert (await app.send(project="elsewhere"))[0] == 403


@pytest.mark.parametrize(("mode", "status"), [(Mode.THROTTLE, 429), (Mode.REFUSE, 400)])
async def test_fcm_behaves_as_it_is_told(app: App, mode: Mode, status: int) -> None:
    app.sandbox.behaviors["push"].tell(Fault(mode=mode))
    assert (await app.send())[0] == status
