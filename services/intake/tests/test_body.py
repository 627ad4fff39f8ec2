"""A body is read as it comes, and only so much and so long."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.requests import Request

from common.problems import Refusal
from intake.body import body_of


def request(pieces: Sequence[dict[str, Any]], **headers: str) -> Request:
    """Return a request whose body comes in pieces; after the last nothing comes any more."""
    waiting = list(pieces)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.sleep(3_600)
        return waiting.pop(0)

    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": named}, receive)


def piece(content: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


async def status_of(asked: Request, seconds: float = 1.0) -> int:
    with pytest.raises(Refusal) as refused:
        await body_of(asked, 10, seconds)
    return refused.value.problem.status


async def test_a_body_in_pieces_is_put_together() -> None:
    asked = request([piece(b"12345", more=True), piece(b"67890", more=False)])
    assert await body_of(asked, 10, 1.0) == b"1234567890"


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    assert await status_of(request([], content_length="11")) == 413


async def test_a_body_that_grows_too_large_is_left() -> None:
    assert await status_of(request([piece(b"123456", more=True)] * 2)) == 413


async def test_a_body_that_does_not_come_is_not_waited_for_for_ever() -> None:
    assert await status_of(request([piece(b"1", more=True)]), seconds=0.05) == 408


async def test_a_body_that_breaks_off_is_no_mistake_of_ours() -> None:
    assert await status_of(request([{"type": "http.disconnect"}])) == 400


async def test_a_squeezed_body_is_refused() -> None:
    assert await status_of(request([], content_encoding="br")) == 415
