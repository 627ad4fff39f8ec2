import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_point
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from notification.devices.google import AccessTokens, CredentialsRefusedError, read_account
from notification.ports import ProviderDown
from notification.reason import Reason
from notification.web.posting import Posting, PostingSettings
from notification.webpush.encoded import decoded
from testkit.clock import NOON, StoppedClock

FORM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
KEY = generate_private_key(65537, 2048).private_bytes(*FORM).decode()


class Granting:
    """A token endpoint of Google's shape, whose answer a test decides."""

    def __init__(self) -> None:
        self.status = 200
        self.body: str | None = None
        self.asked: list[dict[str, list[str]]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(parse_qs(await request.text()))
        await asyncio.sleep(0.01)
        granted = {"access_token": f"token-{len(self.asked)}", "expires_in": 3600}
        text = json.dumps(granted) if self.body is None else self.body
        return web.Response(status=self.status, text=text, headers={"Retry-After": "7"})


@pytest.fixture
async def granting() -> AsyncIterator[Granting]:
    made = Granting()
    app = web.Application()
    app.router.add_post("/token", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    yield made
    await runner.cleanup()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def tokens(
    granting: Granting, clock: StoppedClock, tmp_path: Path
) -> AsyncIterator[AccessTokens]:
    file = account_file(tmp_path, granting.url)
    account = read_account(file)
    settings = PostingSettings(practice=True, practice_origins=(account.token_origin,))
    posting = Posting(settings)
    posting.open()
    yield AccessTokens(account, posting, clock, 5.0)
    await posting.close()


def account_file(folder: Path, url: str = "https://oauth2.example/token", key: str = KEY) -> Path:
    written = {
        "type": "service_account",
        "project_id": "desa",
        "private_key_id": "a1",
        "private_key": key,
        "client_email": "alerts@desa.example",
        "token_uri": url,
    }
    file = folder / "account.json"
    file.write_text(json.dumps(written))
    return file


async def test_a_token_serves_until_it_nears_its_end(
    tokens: AccessTokens, clock: StoppedClock
) -> None:
    assert await tokens.token() == await tokens.token() == "token-1"
    clock.forward(timedelta(minutes=54))
    assert await tokens.token() == "token-1"
    clock.forward(timedelta(minutes=2))
    assert await tokens.token() == "token-2"


async def test_all_who_wait_for_a_token_get_the_one_that_is_asked_for(
    tokens: AccessTokens, granting: Granting
) -> None:
    got = await asyncio.gather(*(tokens.token() for _ in range(50)))
    assert set(got) == {"token-1"}
    assert len(granting.asked) == 1


async def test_a_token_that_is_refused_is_forgotten_once(tokens: AccessTokens) -> None:
    old = await tokens.token()
    tokens.forget(old)
    assert await tokens.token() == "token-2"
    tokens.forget(old)
    assert await tokens.token() == "token-2"


async def test_the_account_asks_in_its_own_name_for_an_hour(
    tokens: AccessTokens, granting: Granting
) -> None:
    await tokens.token()
    (asked,) = granting.asked
    assert asked["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims = json.loads(decoded(asked["assertion"][0].split(".")[1]))
    assert (claims["iss"], claims["aud"]) == ("alerts@desa.example", granting.url)
    assert (claims["iat"], claims["exp"] - claims["iat"]) == (int(NOON.timestamp()), 3600)


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_an_account_that_is_not_let_in_is_said(
    tokens: AccessTokens, granting: Granting, status: int
) -> None:
    granting.status = status
    with pytest.raises(CredentialsRefusedError):
        await tokens.token()


@pytest.mark.parametrize(
    ("status", "body", "reason", "seconds"),
    [
        (429, None, Reason.PROVIDER_FAILED, 7.0),
        (503, None, Reason.PROVIDER_FAILED, 7.0),
        (200, "<html>", Reason.NOT_UNDERSTOOD, 5.0),
    ],
)
async def test_whoever_grants_none_for_now_is_down(
    tokens: AccessTokens,
    granting: Granting,
    status: int,
    body: str | None,
    reason: Reason,
    seconds: float,
) -> None:
    granting.status, granting.body = status, body
    with pytest.raises(ProviderDown) as down:
        await tokens.token()
    assert (down.value.reason, down.value.retry_after) == (reason, seconds)


async def test_whoever_cannot_be_reached_is_down(tmp_path: Path, clock: StoppedClock) -> None:
    account = read_account(account_file(tmp_path, "https://nowhere.invalid/token"))
    posting = Posting(PostingSettings())
    posting.open()
    with pytest.raises(ProviderDown):
        await AccessTokens(account, posting, clock, 5.0).token()
    await posting.close()


def test_what_is_no_service_account_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")
    with pytest.raises(ValueError, match="no file of a service account"):
        read_account(tmp_path / "empty.json")
    with pytest.raises(OSError, match="missing"):
        read_account(tmp_path / "missing.json")
    with pytest.raises(ValueError, match="PEM"):
        read_account(account_file(tmp_path, key="no key"))
    point = new_point(SECP256R1()).private_bytes(*FORM).decode()
    with pytest.raises(ValueError, match="RSA"):
        read_account(account_file(tmp_path, key=point))
    locked = read_locked().decode()
    with pytest.raises(ValueError, match="password"):
        read_account(account_file(tmp_path, key=locked))


def read_locked() -> bytes:
    form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    return generate_private_key(65537, 2048).private_bytes(*form)
