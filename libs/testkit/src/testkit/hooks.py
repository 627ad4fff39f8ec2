"""A receiver of webhooks to practice with: it checks signatures as Standard Webhooks has them."""

import base64
import binascii
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec
from aiohttp import web

from sandbox.faults import Behavior, Fault, Mode

TOLERANCE_SECONDS: Final = 300
SECRET: Final = "whsec_" + base64.b64encode(bytes(range(24))).decode()


@dataclass(frozen=True, slots=True)
class Hook:
    """What somebody posted, signed as it must be; `address` is where."""

    address: str
    id: str
    body: Any


Note = Callable[[Hook], Awaitable[None]]


class NotVerified(Exception):  # noqa: N818 - an answer
    """The signature does not hold; the sentence says why."""


class Receiver:
    """Takes what is posted below its origin, and behaves as the first part of the path says.

    `/status/410` answers with that status, `/silent` takes it and says nothing, `/lost` takes it
    and hangs up, `/drip` begins an answer that has no end, `/away` sends the client elsewhere.
    What has arrived is taken, also where the client is gone since. With `note` it is noted there
    before it is answered.
    """

    def __init__(self, secret: str = SECRET, note: Note | None = None) -> None:
        self.behavior = Behavior(time.monotonic)
        self.taken: list[Hook] = []
        self.requests = 0
        self.origin = ""
        self._note = note
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        app = web.Application()
        app.router.add_post("/{fate}{rest:.*}", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stop listening, and let go of whoever waits."""
        self.behavior.tell(Fault())
        if self._runner is not None:
            await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        octets = await request.read()
        mode = await self.behavior.meet()
        if mode is Mode.THROTTLE:
            return web.Response(status=429, headers={"Retry-After": "2"})
        if mode is Mode.REFUSE:
            return web.Response(status=422, text="told to refuse")
        try:
            body = verified(request, self._key, octets)
        except NotVerified as wrong:
            return web.Response(status=401, text=str(wrong))
        return await self._fated(request, body, mode)

    async def _fated(self, request: web.Request, body: Any, mode: Mode) -> web.StreamResponse:
        """Answer as the path says; who is refused did not get it."""
        fate, status = request.match_info["fate"], request.path.split("/")[-1]
        if fate == "status" and not status.startswith("2"):
            return web.Response(status=int(status), headers={"Retry-After": "7"})
        if fate == "away":
            raise web.HTTPTemporaryRedirect(f"{self.origin}/inbox")
        await self._take(request, body)
        if fate == "lost" and request.transport is not None:
            request.transport.close()
        if fate == "silent" or mode is Mode.MUTE:
            await self.behavior.hang()
        if fate == "drip":
            return await self._dripping(request)
        return web.Response(status=int(status) if fate == "status" else 204)

    async def _take(self, request: web.Request, body: Any) -> None:
        """Keep what was posted, under the address that it was posted to."""
        address = f"{request.scheme}://{request.host}{request.path_qs}"
        self.taken.append(Hook(address, request.headers["webhook-id"], body))
        if self._note is not None:
            await self._note(self.taken[-1])

    async def _dripping(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"wait")
        await self.behavior.hang()
        return response


def verified(request: web.Request, key: bytes, body: bytes) -> Any:
    """Return what was signed; raise NotVerified."""
    head = request.headers
    name, written = head.get("webhook-id", ""), head.get("webhook-timestamp", "")
    if not name or "." in name or not written.isdecimal():
        raise NotVerified("webhook-id or webhook-timestamp is missing, or no word and no number")
    if abs(time.time() - int(written)) > TOLERANCE_SECONDS:
        raise NotVerified("it was signed too long ago, or in the future")
    signed = b".".join((name.encode(), written.encode(), body))
    expected = hmac.digest(key, signed, sha256)
    if not any(_is(each, expected) for each in head.get("webhook-signature", "").split(" ")):
        raise NotVerified("no signature is of our secret")
    return msgspec.json.decode(body)


def _is(signature: str, expected: bytes) -> bool:
    version, _, written = signature.partition(",")
    try:
        return version == "v1" and hmac.compare_digest(base64.b64decode(written), expected)
    except binascii.Error:
        return False
