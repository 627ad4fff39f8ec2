"""Status callbacks: what became of a message, posted to its sender and signed as Twilio signs."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from hmac import digest
from typing import Final
from urllib.parse import urldefrag

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.receipts import Receipts

LATER_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
ANSWER_SECONDS: Final = 5.0
MOST_ON_THE_WAY: Final = 64
TAKEN: Final = range(200, 300)
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Callback:
    """The end of one message, and where it is told; `first` is told before it, once."""

    message_id: str
    url: str
    first: Form
    last: Form


class Callbacks:
    """Posts callbacks, each until it is taken or was refused for a minute."""

    def __init__(self, secret: str, receipts: Receipts) -> None:
        self._secret = secret
        self._given = receipts
        self._on_the_way: set[asyncio.Task[None]] = set()
        self._road = asyncio.Semaphore(MOST_ON_THE_WAY)
        self._session: ClientSession | None = None

    async def open(self) -> None:
        """Make room for connections."""
        self._session = ClientSession(timeout=ClientTimeout(total=ANSWER_SECONDS))

    async def close(self) -> None:
        """Keep for later what is on its way, and close every connection."""
        for task in self._on_the_way:
            task.cancel()
        await asyncio.gather(*self._on_the_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def tell_later(self, callback: Callback, seconds: float) -> None:
        """Tell the end of a message when so much time has passed."""
        telling = asyncio.create_task(self._tell_after(callback, seconds))
        self._on_the_way.add(telling)
        telling.add_done_callback(self._on_the_way.discard)

    async def tell(self, callback: Callback) -> None:
        """Tell the end of a message, again and again until it is heard."""
        await self._post(callback.url, callback.first)
        for pause in (*LATER_SECONDS, None):
            if await self._post(callback.url, callback.last):
                self._given.note(callback.message_id)
                return
            if pause is not None:
                await asyncio.sleep(pause)

    async def _tell_after(self, callback: Callback, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.tell(callback)

    async def _post(self, url: str, form: Form) -> bool:
        if self._session is None:
            raise RuntimeError("callbacks are not open")
        headers = {"X-Twilio-Signature": signature(self._secret, url, form)}
        try:
            async with self._road, self._session.post(url, data=form, headers=headers) as response:
                return response.status in TAKEN
        except (ClientError, OSError):
            return False


def signature(secret: str, url: str, form: Form) -> str:
    """Sign the URL, and the names and values behind it in the order of the names."""
    signed = urldefrag(url).url + "".join(name + form[name] for name in sorted(form))
    return b64encode(digest(secret.encode(), signed.encode(), sha1)).decode()
