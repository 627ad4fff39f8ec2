"""The body of a request, read as it streams in and refused as soon as it is too much."""

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect, Request

from common.problems import Breach
from intake import refusals
from intake.refusals import Reason

PLAIN: Final = frozenset({"", "identity"})


async def body_of(request: Request, most_bytes: int, seconds: float) -> bytes:
    """Return the whole body; at no time is more of it in memory than may come in."""
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in PLAIN:
        raise refusals.refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            Reason.CONTENT_CODING,
            "Send the body as it is, without compression.",
            Breach(field="header Content-Encoding", rule="identity"),
        )
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise refusals.body_too_large(most_bytes)
    try:
        async with asyncio.timeout(seconds):
            return await _streamed(request, most_bytes)
    except TimeoutError as slow:
        raise refusals.refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            Reason.BODY_TOO_SLOW,
            f"The body did not come within {seconds:g} s.",
            Breach(field="body", rule="time-limit"),
        ) from slow
    except ClientDisconnect as gone:
        raise refusals.refusal(
            HTTPStatus.BAD_REQUEST, Reason.EMPTY_BODY, "The body ended before it was whole."
        ) from gone


async def _streamed(request: Request, most_bytes: int) -> bytes:
    """Add up the pieces until there is no more, or too much."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most_bytes:
            raise refusals.body_too_large(most_bytes)
        pieces.append(piece)
    return b"".join(pieces)
