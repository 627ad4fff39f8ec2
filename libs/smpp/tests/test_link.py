"""A link is bound again whenever it is lost, with growing pauses."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from smpp import (
    Account,
    Backoff,
    BindRefusedError,
    BindType,
    CommandStatus,
    NotConnectedError,
    Server,
    Session,
)
from smpp.link import Link, ready_session
from smpp.pdu import Pdu


def nobody(session: Session, pdu: Pdu) -> Pdu:
    raise AssertionError(session, pdu)


@pytest.fixture
async def link(account: Account) -> Link:
    return Link(account, BindType.TRANSCEIVER, nobody)


def test_pauses_double_up_to_a_limit() -> None:
    backoff = Backoff(first_seconds=1.0, longest_seconds=5.0, chance=lambda: 1.0)
    assert [backoff.pause_seconds(attempt) for attempt in (1, 2, 3, 4, 99)] == [1, 2, 4, 5, 5]


def test_an_smsc_that_refuses_is_left_alone_for_longer_than_one_that_is_away() -> None:
    backoff = Backoff(longest_seconds=5.0, longest_refused_seconds=30.0, chance=lambda: 1.0)
    assert (backoff.pause_seconds(99), backoff.pause_seconds(99, refused=True)) == (5, 30)


def test_chance_shortens_a_pause_by_half_at_most() -> None:
    assert Backoff(first_seconds=1.0, chance=lambda: 0.0).pause_seconds(1) == 0.5


def test_an_account_that_no_bind_can_carry_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="password"):
        Account(host="127.0.0.1", port=1, system_id="village", password="much too long")


def test_an_account_does_not_show_its_password() -> None:
    assert "secret" not in repr(Account(host="a", port=1, system_id="b", password="secret"))


async def test_a_lost_session_is_made_again(link: Link, server: Server) -> None:
    link.start()
    first = await link.bound()
    next(iter(server.sessions)).close()
    await first.lost
    second = await asyncio.wait_for(ready_session(link), 2)
    assert second is not first
    assert link.failure is None
    await link.close()


async def test_those_who_wait_for_the_window_of_a_lost_session_get_the_next(
    link: Link, server: Server
) -> None:
    link.start()
    first = await link.bound()
    first.window.pause()
    waiting = asyncio.create_task(ready_session(link))
    await asyncio.sleep(0)
    next(iter(server.sessions)).close()
    assert await asyncio.wait_for(waiting, 2) is not first
    await link.close()


async def test_a_server_that_is_not_there_yet_is_tried_until_it_is(account: Account) -> None:
    nowhere = Account(host="127.0.0.1", port=1, system_id="village", backoff=account.backoff)
    link = Link(nowhere, BindType.TRANSMITTER, nobody)
    link.start()
    with pytest.raises(ConnectionRefusedError):
        await link.first_attempt()
    await link.close()


@dataclass(frozen=True)
class Pauses(Backoff):
    """Remembers after how many failures in a row it was asked."""

    asked: list[int] = field(default_factory=list)
    refused: list[bool] = field(default_factory=list)

    def pause_seconds(self, attempt: int, *, refused: bool = False) -> float:
        self.refused.append(refused)
        self.asked.append(attempt)
        return self.first_seconds


async def lose(link: Link, server: Server, times: int, after: float) -> None:
    for _ in range(times):
        session = await asyncio.wait_for(link.bound(), 5)
        await asyncio.sleep(after)
        next(iter(server.sessions)).close()
        await session.lost


@pytest.mark.parametrize(
    ("pause", "lasts", "asked"),
    [(0.01, 0.1, [1, 1, 1, 1]), (0.5, 0.0, [1, 2, 3])],
    ids=["lasted", "ended at once"],
)
async def test_pauses_grow_only_where_sessions_end_sooner_than_they_were_waited_for(
    account: Account, server: Server, pause: float, lasts: float, asked: list[int]
) -> None:
    pauses = Pauses(pause)
    link = Link(replace(account, backoff=pauses), BindType.TRANSCEIVER, nobody)
    link.start()
    await lose(link, server, times=len(asked), after=lasts)
    await link.bound()
    await link.close()
    assert pauses.asked == asked


async def test_an_smsc_that_is_not_there_is_asked_ever_more_seldom() -> None:
    pauses = Pauses(0.01)
    nowhere = Account(host="127.0.0.1", port=1, system_id="village", backoff=pauses)
    link = Link(nowhere, BindType.TRANSMITTER, nobody)
    link.start()
    async with asyncio.timeout(5):
        while len(pauses.asked) < 3:
            await asyncio.sleep(0.01)
    await link.close()
    assert pauses.asked[:3] == [1, 2, 3]
    assert not any(pauses.refused)


async def test_a_refused_bind_says_why(server: Server) -> None:
    pauses = Pauses(30.0)
    stranger = Account(
        host="127.0.0.1", port=server.port, system_id="village", password="no", backoff=pauses
    )
    link = Link(stranger, BindType.TRANSCEIVER, nobody)
    link.start()
    with pytest.raises(BindRefusedError) as refused:
        await link.first_attempt()
    assert refused.value.status == CommandStatus.ESME_RINVPASWD
    assert pauses.refused == [True]
    await link.close()


async def test_a_link_that_was_closed_may_be_started_again(account: Account) -> None:
    link = Link(account, BindType.TRANSCEIVER, nobody)
    link.failure = ConnectionRefusedError("yesterday")
    link.start()
    await link.first_attempt()
    await link.close()


async def test_closing_ends_the_wait_for_the_first_attempt(account: Account) -> None:
    link = Link(account, BindType.TRANSCEIVER, nobody)
    link.start()
    waiting = asyncio.create_task(link.first_attempt())
    await asyncio.sleep(0)
    await link.close()
    with pytest.raises(NotConnectedError):
        await waiting


async def test_a_closed_link_has_no_session(link: Link) -> None:
    link.start()
    await link.bound()
    await link.close()
    with pytest.raises(NotConnectedError):
        await link.bound()


async def test_waiting_for_a_link_ends_when_it_is_closed(account: Account) -> None:
    nowhere = Account(host="127.0.0.1", port=1, system_id="village", backoff=account.backoff)
    link = Link(nowhere, BindType.TRANSMITTER, nobody)
    link.start()
    waiting = asyncio.create_task(link.bound())
    await asyncio.sleep(0.01)
    await link.close()
    with pytest.raises(NotConnectedError):
        await waiting
