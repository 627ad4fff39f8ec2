import asyncio

import pytest

from notification.devices.stream import LeavingError, NotSentError, Stream
from notification.web.answered import Answered


@pytest.fixture
async def stream() -> Stream:
    return Stream(asyncio.get_running_loop().create_future())


async def test_an_answer_is_whole_when_the_stream_ends(stream: Stream) -> None:
    stream.headers[":status"] = "410"
    stream.body += b"gone"
    assert not stream.answer.done()
    stream.end()
    assert await stream.answer == Answered(410, {":status": "410"}, b"gone")


async def test_what_ended_first_holds(stream: Stream) -> None:
    stream.headers[":status"] = "200"
    stream.end()
    stream.fail(ConnectionResetError())
    assert (await stream.answer).status == 200


async def test_whoever_is_left_without_an_answer_is_told_why(stream: Stream) -> None:
    stream.fail(LeavingError())
    stream.end()
    with pytest.raises(NotSentError):
        await stream.answer
