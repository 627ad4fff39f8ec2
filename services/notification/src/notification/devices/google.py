"""Who we are to Google: a service account, and access tokens, each kept until it nears its end."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from common.clock import Clock
from notification.ports import ProviderDown
from notification.reason import Reason
from notification.web.again import retry_after
from notification.web.answered import Answered
from notification.web.posting import Posting
from notification.web.request import NotARequest
from notification.webpush.tokens import signed_by_rsa

SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE: Final = timedelta(hours=1)
RENEWED_BEFORE_END: Final = timedelta(minutes=5)
TAKEN: Final = 200
BUSY: Final = 429
FAILED: Final = range(500, 600)
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class CredentialsRefusedError(Exception):
    """The service account is not let in."""


class _Written(msgspec.Struct):
    project_id: str
    private_key_id: str
    private_key: str
    client_email: str
    token_uri: str


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float


class ServiceAccount:
    """Who signs for a project."""

    def __init__(self, written: _Written) -> None:
        key = load_pem_private_key(written.private_key.encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("the key of a service account is an RSA key")  # noqa: TRY004 - a file
        self.project = written.project_id
        self.token_url = written.token_uri
        self._key = key
        self._key_id = written.private_key_id
        self._name = written.client_email

    @property
    def token_origin(self) -> str:
        """Return scheme, host and port of whoever grants access tokens."""
        parts = urlsplit(self.token_url)
        return f"{parts.scheme}://{parts.netloc}"

    def asking(self, now: datetime) -> bytes:
        """Write the request for an access token (RFC 7523 §2.1)."""
        issued = int(now.timestamp())
        claims = {
            "iss": self._name,
            "scope": SCOPE,
            "aud": self.token_url,
            "iat": issued,
            "exp": issued + int(LIFE.total_seconds()),
        }
        assertion = signed_by_rsa(self._key, {"typ": "JWT", "kid": self._key_id}, claims)
        return urlencode({"grant_type": GRANT, "assertion": assertion}).encode()


def read_account(file: Path) -> ServiceAccount:
    """Read the JSON file that Google gives; raise OSError or ValueError."""
    try:
        return ServiceAccount(msgspec.json.decode(file.read_bytes(), type=_Written))
    except msgspec.DecodeError as wrong:
        raise ValueError(f"{file} is no file of a service account: {wrong}") from wrong
    except TypeError as wrong:
        raise ValueError(f"the key in {file} is locked by a password") from wrong


class AccessTokens:
    """Gives out an access token, and asks for a new one before it ends, once for all who wait."""

    def __init__(
        self, account: ServiceAccount, posting: Posting, clock: Clock, pause_seconds: float
    ) -> None:
        self._account = account
        self._posting = posting
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._asking = asyncio.Lock()
        self._kept = ""
        self._ends = LONG_AGO

    async def token(self) -> str:
        """Return a token that is good for a while; raise CredentialsRefusedError or ProviderDown.

        Nobody is sent anything by asking, so a request that is lost is no more than that.
        """
        async with self._asking:
            now = self._clock.now()
            if self._ends - now < RENEWED_BEFORE_END:
                granted = await self._granted(now)
                self._kept = granted.access_token
                self._ends = now + timedelta(seconds=granted.expires_in)
            return self._kept

    def forget(self, token: str) -> None:
        """Give out this token no more."""
        if token == self._kept:
            self._ends = LONG_AGO

    async def _granted(self, now: datetime) -> _Granted:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        account = self._account
        try:
            said = await self._posting.post(account.token_url, account.asking(now), headers)
        except (NotARequest, OSError) as failure:
            raise ProviderDown(Reason.PROVIDER_UNREACHABLE, self._pause_seconds) from failure
        return self._read(said, now)

    def _read(self, said: Answered, now: datetime) -> _Granted:
        if said.status == BUSY or said.status in FAILED:
            pause = retry_after(said.headers.get("retry-after"), now, self._pause_seconds)
            raise ProviderDown(Reason.PROVIDER_FAILED, pause)
        if said.status != TAKEN:
            raise CredentialsRefusedError
        try:
            return msgspec.json.decode(said.body, type=_Granted)
        except msgspec.DecodeError as wrong:
            raise ProviderDown(Reason.NOT_UNDERSTOOD, self._pause_seconds) from wrong
