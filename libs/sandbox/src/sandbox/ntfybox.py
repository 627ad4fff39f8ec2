"""The ntfy server: takes messages to topics, each of which is there as soon as it is named."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec
from aiohttp import web

from sandbox.desk import Desk
from sandbox.fates import Fates, LostError, Refused, hung_up
from sandbox.faults import Mode
from sandbox.witness import Received

TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_MESSAGE_OCTETS: Final = 4096
PRIORITIES: Final = range(1, 6)
CODES: Final = {404: 40401, 413: 41301, 429: 42901, 403: 40301, 500: 50001}


class _Published(msgspec.Struct):
    """What a client writes, as the server names it."""

    topic: str
    message: str = "triggered"
    title: str = ""
    priority: int = 3
    tags: list[str] = []
    click: str = ""
    sequence_id: str = ""


class Ntfybox:
    """Takes what is published; a topic that ends with `-` and a fate has that fate."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._fates = Fates(desk)

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what it answers to: messages in JSON, at the root."""
        return [web.post("/", self._publish)]

    async def _publish(self, request: web.Request) -> web.StreamResponse:
        try:
            received = await self._take(request, await self._desk.behavior.meet())
        except Refused as refused:
            return _refusal(refused)
        except LostError:
            return hung_up(request)
        return web.json_response({"id": received.id, "event": "message"})

    async def _take(self, request: web.Request, mode: Mode) -> Received:
        if mode is Mode.THROTTLE:
            raise Refused(429, "limit reached: too many requests", "2")
        published = _read(await request.read())
        received = self._received(request, published)
        name = published.topic.rpartition("-")[2]
        await self._fates.meet(received, self._fates.of(name, published.topic, mode), mode)
        return received

    def _received(self, request: web.Request, published: _Published) -> Received:
        shown = {
            "priority": str(published.priority),
            "tags": ",".join(published.tags),
            "click": published.click,
            "authorization": request.headers.get("Authorization", ""),
        }
        return Received(
            at=self._desk.now(),
            channel=self._desk.channel,
            id=self._desk.new_id(),
            address=f"ntfy:{request.scheme}://{request.host}/{published.topic}",
            headline=published.title,
            text=published.message,
            reference=published.sequence_id,
            headers={name: value for name, value in shown.items() if value},
        )


def _read(body: bytes) -> _Published:
    """Read a message as the server does, and refuse what it refuses."""
    try:
        published = msgspec.json.decode(body, type=_Published)
    except msgspec.DecodeError as error:
        raise Refused(400, f"invalid request: {error}") from error
    if not TOPIC.fullmatch(published.topic):
        raise Refused(400, "invalid request: topic invalid")
    if published.sequence_id and not TOPIC.fullmatch(published.sequence_id):
        raise Refused(400, "invalid request: sequence ID invalid")
    if published.priority not in PRIORITIES:
        raise Refused(400, "invalid request: priority invalid")
    if len(published.message.encode()) > LONGEST_MESSAGE_OCTETS:
        raise Refused(413, "attachment too large, or bandwidth limit reached")
    return published


def _refusal(refused: Refused) -> web.Response:
    """Say it as an ntfy server does."""
    said = {
        "code": CODES.get(refused.status, refused.status * 100),
        "http": refused.status,
        "error": str(refused),
    }
    retry = {"Retry-After": refused.retry_after} if refused.retry_after else {}
    return web.json_response(said, status=refused.status, headers=retry)
