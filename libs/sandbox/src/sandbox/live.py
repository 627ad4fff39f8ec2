"""Messages as the page asks for them: a list, and a stream of server-sent events."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import msgspec
from aiohttp import web

from sandbox.book import Book, Shown, Wanted

MOST_AT_ONCE: Final = 200
PAUSE_SECONDS: Final = 0.2
HEARTBEAT_SECONDS: Final = 15.0


class Watching:
    """Answers what the page asks about the book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Let every stream end."""
        self._ended.set()

    async def messages(self, request: web.Request) -> web.Response:
        """List the newest messages that are wanted."""
        before = request.query.get("before", "")
        if before and not before.isdecimal():
            raise web.HTTPBadRequest(text="before is the number of a message")
        found = self._book.newest(
            wanted(request), MOST_AT_ONCE, before=int(before) if before else None
        )
        return _json(self._told(found))

    async def people(self, request: web.Request) -> web.Response:
        """List everyone who got something that is wanted, with how many on each channel."""
        return _json({"people": self._book.people(wanted(request))})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send what comes in from now on, several messages at a time."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        since = request.query.get("since", "")
        number = int(since) if since.isdecimal() else self._book.last
        with suppress(ConnectionError):
            await self._send(response.write, wanted(request), number)
        return response

    async def _send(
        self, write: Callable[[bytes], Awaitable[None]], wanted: Wanted, number: int
    ) -> None:
        while not self._ended.is_set():
            if self._book.last == number and not await self._woken():
                await write(b": nothing new\n\n")
                continue
            newer = (each for each in self._book.since(number) if wanted.fits(each))
            number = self._book.last
            told = self._told(list(islice(newer, MOST_AT_ONCE)))
            await write(b"data: " + msgspec.json.encode(told) + b"\n\n")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _woken(self) -> bool:
        changed = asyncio.ensure_future(self._book.changed())
        ended = asyncio.ensure_future(self._ended.wait())
        done, waiting = await asyncio.wait(
            (changed, ended), timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        for each in waiting:
            each.cancel()
        return changed in done

    def _told(self, found: list[Shown]) -> dict[str, Any]:
        return {
            "messages": [_written(each) for each in found],
            "counts": self._book.counts,
            "alerts": self._book.alerts(),
            "last": self._book.last,
        }


def wanted(request: web.Request) -> Wanted:
    """Read which messages are wanted from the query."""
    asked = request.query
    return Wanted(
        channel=asked.get("channel", ""),
        person=asked.get("person", ""),
        alert=asked.get("alert", ""),
        text=asked.get("text", ""),
    )


def _written(shown: Shown) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.to_builtins(shown.message)
    return {"number": shown.number, "person": shown.person, "answer": "accepted"} | written


def _json(told: dict[str, Any]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(told),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
