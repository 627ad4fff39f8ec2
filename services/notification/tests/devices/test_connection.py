import asyncio
from collections.abc import Awaitable, Callable

import pytest

from notification.devices.connection import Connection, Headers
from notification.devices.stream import LeavingError, NotSentError
from notification.web.answered import MOST_READ_OCTETS, Answered
from testkit.http2 import Peer, Peers

REFUSED_STREAM = 7
INTERNAL_ERROR = 2
SOON = 0.3
PATIENTLY = 10.0
Connect = Callable[[], Awaitable[Connection]]


def asking(path: str) -> Headers:
    return ((":method", "POST"), (":scheme", "http"), (":authority", "desa"), (":path", path))


async def asked(
    connection: Connection, count: int, seconds: float = PATIENTLY
) -> list[Answered | BaseException]:
    """Ask so many things at once, and keep what came of each."""
    return await asyncio.gather(
        *(connection.request(asking(f"/{number}"), b"x", seconds) for number in range(count)),
        return_exceptions=True,
    )


async def test_many_are_asked_at_once_and_each_gets_its_own_answer(
    peers: Peers, connect: Connect
) -> None:
    waiting: list[int] = []

    async def all_at_the_end_backwards(peer: Peer, number: int) -> None:
        waiting.append(number)
        if len(waiting) == 20:
            for each in reversed(waiting):
                peer.answer(each, body=peer.paths[each].encode())

    peers.hears = all_at_the_end_backwards
    answers = await asked(await connect(), 20)
    bodies = [each.body for each in answers if isinstance(each, Answered)]
    assert bodies == [f"/{number}".encode() for number in range(20)]
    assert len(peers.connections) == 1


async def test_no_more_are_open_than_the_other_side_takes(peers: Peers, connect: Connect) -> None:
    most = 0
    peers.most_streams = 3

    async def counted(peer: Peer, number: int) -> None:
        nonlocal most
        most = max(most, peer.h2.open_inbound_streams)
        await asyncio.sleep(0.001)
        peer.answer(number)

    peers.hears = counted
    answers = await asked(await connect(), 30)
    assert all(isinstance(each, Answered) for each in answers)
    assert most <= 3


async def test_whoever_leaves_answers_what_it_took_and_did_not_take_the_rest(
    peers: Peers, connect: Connect
) -> None:
    async def leaves_at_the_third(peer: Peer, number: int) -> None:
        if number == 5:
            peer.leave(3)
            await asyncio.sleep(0.01)
            peer.answer(1)
            peer.answer(3)

    peers.hears = leaves_at_the_third
    connection = await connect()
    answers = await asked(connection, 5)
    assert [type(each) for each in answers] == [Answered, Answered, *[LeavingError] * 3]
    with pytest.raises(LeavingError):
        await connection.request(asking("/late"), b"x", SOON)


async def test_a_stream_that_is_refused_was_not_taken_and_one_that_is_broken_possibly(
    peers: Peers, connect: Connect
) -> None:
    async def reset(peer: Peer, number: int) -> None:
        peer.reset(number, REFUSED_STREAM if peer.paths[number] == "/0" else INTERNAL_ERROR)

    peers.hears = reset
    answers = await asked(await connect(), 2)
    assert [type(each) for each in answers] == [LeavingError, ConnectionResetError]


async def test_when_the_connection_is_lost_all_that_were_asked_were_possibly_taken(
    peers: Peers, connect: Connect
) -> None:
    async def hangs_up(peer: Peer, number: int) -> None:
        if number == 5:
            peer.hang_up()

    peers.hears = hangs_up
    answers = await asked(await connect(), 3)
    assert [type(each) for each in answers] == [ConnectionResetError] * 3


async def test_what_is_not_answered_in_time_is_given_up_and_the_rest_goes_on(
    peers: Peers, connect: Connect
) -> None:
    async def not_the_first(peer: Peer, number: int) -> None:
        if number != 1:
            peer.answer(number)

    peers.hears = not_the_first
    connection = await connect()
    answers = await asked(connection, 3, 1.0)
    assert [type(each) for each in answers] == [TimeoutError, Answered, Answered]
    assert connection.is_leaving


async def test_whoever_does_not_greet_was_sent_nothing(peers: Peers, connect: Connect) -> None:
    peers.most_streams = 0
    (answer,) = await asked(await connect(), 1, SOON)
    assert type(answer) is NotSentError
    assert peers.requests == []


async def test_whoever_breaks_the_rules_is_left(peers: Peers, connect: Connect) -> None:
    async def talks_nonsense(peer: Peer, number: int) -> None:
        peer.answer(number)
        peer.say(b"\x00\x00\x01\x08\x00\x00\x00\x00\x00\x00")

    peers.hears = talks_nonsense
    connection = await connect()
    await connection.request(asking("/"), b"x", PATIENTLY)
    async with asyncio.timeout(PATIENTLY):
        while not connection.has_ended:
            await asyncio.sleep(0.01)


async def test_a_long_answer_is_read_only_as_far_as_it_could_matter(
    peers: Peers, connect: Connect
) -> None:
    async def long(peer: Peer, number: int) -> None:
        peer.answer(number, body=b"x" * 10_000, more=b"y" * 10_000)

    peers.hears = long
    (answer,) = await asked(await connect(), 1)
    assert isinstance(answer, Answered)
    assert len(answer.body) == MOST_READ_OCTETS


async def test_whoever_is_there_answers_a_ping_and_whoever_is_not_is_left(
    peers: Peers, connect: Connect
) -> None:
    connection = await connect()
    assert await connection.answers(PATIENTLY)
    peers.is_deaf = True
    assert not await connection.answers(SOON)
    assert connection.is_leaving
    assert not await connection.answers(SOON)


async def connected(peers: Peers, silent_seconds: float) -> Connection:
    loop = asyncio.get_running_loop()
    _, made = await loop.create_connection(
        lambda: Connection(silent_seconds), "127.0.0.1", peers.port
    )
    return made


async def test_who_owes_answers_and_does_not_answer_a_ping_is_left(peers: Peers) -> None:
    async def falls_silent(peer: Peer, number: int) -> None:
        del number
        peer.is_deaf = True

    peers.hears = falls_silent
    connection = await connected(peers, SOON)
    answers = await asked(connection, 3)
    assert [type(each) for each in answers] == [ConnectionResetError] * 3
    assert connection.has_ended


async def test_who_takes_long_and_answers_a_ping_is_waited_for(peers: Peers) -> None:
    async def takes_long(peer: Peer, number: int) -> None:
        asyncio.get_running_loop().call_later(3 * SOON, peer.answer, number)

    peers.hears = takes_long
    connection = await connected(peers, SOON)
    assert [type(each) for each in await asked(connection, 3)] == [Answered] * 3
    await connection.ended(SOON)
