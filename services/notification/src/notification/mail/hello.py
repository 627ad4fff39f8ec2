"""How a conversation with a mail server opens: greeting, EHLO, TLS with a verified name, login."""

import asyncio
import ssl
from base64 import b64encode
from dataclasses import dataclass
from typing import Final, Literal

from notification.mail.fate import Cause
from notification.mail.link import Link, LinkEndedError
from notification.mail.offers import Offers
from notification.mail.replies import PERMANENT, reason_of
from notification.mail.reply import Reply
from notification.reason import Reason
from notification.user_timeout import set_user_timeout

DONE: Final = range(200, 300)
GO_ON: Final = 334


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, how its connections are protected, and who we are there.

    `name` is what EHLO says. Without `trust` the system's authorities sign its certificate.
    `login_in_clear` is for practice: a password travels in TLS only.
    """

    host: str
    port: int
    name: str
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = ""
    login_in_clear: bool = False
    trust: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, shorter than RFC 5321 §4.5.3.2 says: an alert cannot wait for minutes.

    For a connection with its hello, for a command, for the answer to a whole mail; how long a
    connection is kept without use; how long to come again after the server asked for it, and after
    it was away. Where nothing is heard on any connection for `silent_seconds`, another is made.
    """

    connect_seconds: float = 5.0
    command_seconds: float = 20.0
    answer_seconds: float = 20.0
    idle_seconds: float = 30.0
    pause_seconds: float = 30.0
    away_seconds: float = 5.0
    silent_seconds: float = 5.0


class ServerAwayError(Exception):
    """There is no conversation with the server, for this reason."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


async def hello(server: Server, patience: Patience) -> tuple[Link, Offers]:
    """Return an open connection and what the server offers; raise ServerAwayError."""
    link = Link()
    try:
        async with asyncio.timeout(patience.connect_seconds):
            return link, await _Hello(server, link, patience.connect_seconds).said()
    except (OSError, LinkEndedError) as error:
        link.end(Cause.UNREACHED)
        sentence = str(error) or "no answer in time"
        raise ServerAwayError(Reason.PROVIDER_UNREACHABLE, sentence) from error
    except BaseException:
        link.end(Cause.UNREACHED)
        raise


class _Hello:
    """The steps of an opening, in order."""

    def __init__(self, server: Server, link: Link, seconds: float) -> None:
        self._server = server
        self._link = link
        self._seconds = seconds

    async def said(self) -> Offers:
        server = self._server
        secure = server.security == "tls"
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: self._link,
            server.host,
            server.port,
            ssl=self._trust() if secure else None,
            server_hostname=server.host if secure else None,
        )
        set_user_timeout(transport)
        _require(await self._link.ask("", self._seconds))
        offers = await self._offers()
        if server.security == "starttls":
            offers = await self._encrypted(offers)
        if server.user:
            await self._log_in(offers)
        return offers

    async def _offers(self) -> Offers:
        reply = await self._ask(f"EHLO {self._server.name}")
        if reply.code < PERMANENT:
            return Offers.of(_require(reply))
        _require(await self._ask(f"HELO {self._server.name}"))
        return Offers()

    async def _encrypted(self, offers: Offers) -> Offers:
        """Encrypt, and forget what was offered before (RFC 3207 §4.2)."""
        if not offers.starttls:
            raise ServerAwayError(Reason.PROVIDER_UNREACHABLE, "the server offers no STARTTLS")
        _require(await self._ask("STARTTLS"))
        await self._link.encrypt(self._trust(), self._server.host)
        return await self._offers()

    async def _log_in(self, offers: Offers) -> None:
        server = self._server
        if server.security == "none" and not server.login_in_clear:
            raise ServerAwayError(Reason.CREDENTIALS_REFUSED, "a password travels in TLS only")
        if "PLAIN" in offers.logins:
            word = _encoded(f"\0{server.user}\0{server.password}")
            _require_login(await self._ask(f"AUTH PLAIN {word}"))
        elif "LOGIN" in offers.logins:
            for said in ("AUTH LOGIN", _encoded(server.user)):
                reply = await self._ask(said)
                if reply.code != GO_ON:
                    _require_login(reply)
            _require_login(await self._ask(_encoded(server.password)))
        else:
            raise ServerAwayError(Reason.CREDENTIALS_REFUSED, "the server offers no login we know")

    async def _ask(self, command: str) -> Reply:
        return await self._link.ask(command, self._seconds)

    def _trust(self) -> ssl.SSLContext:
        return self._server.trust or ssl.create_default_context()


def _require(reply: Reply) -> Reply:
    if reply.code not in DONE:
        raise ServerAwayError(reason_of(reply.code, reply.text), f"the server said {reply.code}")
    return reply


def _require_login(reply: Reply) -> None:
    if reply.code >= PERMANENT:
        raise ServerAwayError(Reason.CREDENTIALS_REFUSED, f"the server said {reply.code}")
    _require(reply)


def _encoded(word: str) -> str:
    return b64encode(word.encode()).decode()
