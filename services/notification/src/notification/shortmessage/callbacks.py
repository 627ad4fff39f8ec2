"""The place where a company calls back: it says, signed, what became of each message."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha1
from hmac import compare_digest, digest
from typing import Final
from urllib.parse import parse_qsl, urldefrag

import structlog
from aiohttp import web

from common.clock import Clock
from common.messaging.failures import TemporaryFailure
from notification.ports import OnReceipt, Receipt
from notification.shortmessage.error_codes import end_of

SIGNATURE: Final = "X-Twilio-Signature"
FORM: Final = "application/x-www-form-urlencoded"
LARGEST_CALLBACK_OCTETS: Final = 16_384
MOST_FIELDS: Final = 100
BODY_SECONDS: Final = 10.0
LAST_ANSWERS_SECONDS: Final = 5.0
Field = tuple[str, str]

log = structlog.get_logger()


class CallbackServer:
    """Hears callbacks about one provider's messages, and takes each when its receipt is stored.

    Several processes may listen on one port: whichever is called stores it for all.
    """

    def __init__(
        self, provider: str, url: str, secret: str, on_receipt: OnReceipt, clock: Clock
    ) -> None:
        self._provider = provider
        self._urls = (url, urldefrag(url).url)
        self._secret = secret
        self._on_receipt = on_receipt
        self._clock = clock
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        app = web.Application(client_max_size=LARGEST_CALLBACK_OCTETS)
        app.router.add_post("/{path:.*}", self._hear)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_ANSWERS_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, reuse_port=True).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        number: int = runner.addresses[0][1]
        return number

    async def close(self) -> None:
        """Stop listening; what is not answered comes again."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        fields = _fields(body) if request.content_type == FORM else None
        if fields is None or not self._is_signed(request, fields):
            log.warning("status_callback_forged", provider=self._provider)
            return web.Response(status=403)
        receipt = self._receipt(dict(fields))
        if receipt is None:
            return web.Response(status=204)
        try:
            await self._on_receipt(receipt)
        except TemporaryFailure:
            log.warning("status_callback_not_stored", provider=self._provider)
            return web.Response(status=503)
        return web.Response(status=204)

    def _is_signed(self, request: web.Request, fields: Sequence[Field]) -> bool:
        """Tell whether somebody signed it who knows the secret; the URL's fragment may be left."""
        shown = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
        signed = (signature(self._secret, url, fields).encode() for url in self._urls)
        return any(compare_digest(shown, each) for each in signed)

    def _receipt(self, told: dict[str, str]) -> Receipt | None:
        end = end_of(told.get("MessageStatus", ""), told.get("ErrorCode", ""))
        message_id = told.get("MessageSid", "")
        if end is None or not message_id:
            return None
        return Receipt(self._provider, message_id, *end, self._clock.now())


def signature(secret: str, url: str, fields: Sequence[Field]) -> str:
    """Sign the URL, and behind it the names and values of a form in their order."""
    signed = url + "".join(name + value for name, value in sorted(fields))
    return b64encode(digest(secret.encode(), signed.encode("utf-8", "replace"), sha1)).decode()


def _fields(form: bytes) -> list[Field] | None:
    """Return the fields of a form, or None if it is none."""
    try:
        return parse_qsl(form.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
