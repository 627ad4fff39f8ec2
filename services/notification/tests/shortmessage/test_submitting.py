"""Submitting keeps the window full, comes again while the SMSC is busy, and gives up in time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.routing.pace import Pace
from notification.shortmessage.submitting import Patience, Submitting
from smpp import (
    Account,
    Bind,
    Client,
    CommandRefusedError,
    CommandStatus,
    Server,
    Session,
    SessionSettings,
    SmppError,
    SubmitSm,
)

PATIENCE = Patience(
    room_seconds=0.3, throttled_seconds=0.05, failed_seconds=15.0, away_seconds=5.0, tries=3
)
WINDOW = 8


class Smsc:
    """Takes what comes, refuses the next ones if told so, or says nothing at all."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refusals: deque[int] = deque()
        self.answers = asyncio.Event()
        self.answers.set()
        self.dies_after = -1
        self.server: Server | None = None

    async def authenticate(self, session: Session, bind: Bind) -> None:
        """Let everybody in."""

    async def submit(self, session: Session, submit_sm: SubmitSm) -> str:
        del session
        await self.answers.wait()
        if self.refusals:
            raise CommandRefusedError(CommandStatus(self.refusals.popleft()))
        self.taken.append(submit_sm.destination_addr)
        if len(self.taken) == self.dies_after:
            await self.gone()
        return f"m{len(self.taken)}"

    def lose_sessions(self) -> None:
        if self.server is not None:
            for each in tuple(self.server.sessions):
                each.abort(SmppError("the machine is gone"))

    async def gone(self) -> None:
        self.lose_sessions()
        if self.server is not None:
            await self.server.close()


@pytest.fixture
def smsc() -> Smsc:
    return Smsc()


@pytest.fixture
async def server(smsc: Smsc) -> AsyncIterator[Server]:
    smsc.server = await Server(smsc).start("127.0.0.1")
    yield smsc.server
    smsc.answers.set()
    await smsc.server.close()


@pytest.fixture
async def client(server: Server, smsc: Smsc) -> AsyncIterator[Client]:
    session = SessionSettings(window=WINDOW, response_timeout_seconds=0.5)
    account = Account(host="127.0.0.1", port=server.port, system_id="village", session=session)
    client = Client(account)
    await client.connect()
    yield client
    smsc.answers.set()
    await client.close()


def submitting(client: Client, pace: Pace | None = None) -> Submitting:
    return Submitting(client, pace or Pace(), PATIENCE, receipts=True)


def messages(count: int) -> list[SubmitSm]:
    return [SubmitSm(destination_addr=str(number)) for number in range(count)]


async def until_full(client: Client) -> None:
    while client.in_flight < WINDOW:
        await asyncio.sleep(0.01)


def kinds(answers: list[Answer]) -> list[str]:
    return [type(each).__name__ for each in answers]


async def test_many_more_than_a_window_are_submitted_once_each_and_answered_in_order(
    client: Client, smsc: Smsc
) -> None:
    answers = await submitting(client).submit(messages(100))
    assert smsc.taken == [str(number) for number in range(100)]
    assert answers == [Accepted(f"m{number + 1}", receipt_expected=True) for number in range(100)]


async def test_two_windows_share_the_session(client: Client, smsc: Smsc) -> None:
    both = submitting(client)
    first, second = await asyncio.gather(both.submit(messages(50)), both.submit(messages(50)))
    assert kinds(first) == kinds(second) == ["Accepted"] * 50
    assert len(smsc.taken) == 100


async def test_what_a_busy_smsc_did_not_take_is_submitted_again_after_a_pause(
    client: Client, smsc: Smsc
) -> None:
    smsc.refusals.extend([CommandStatus.ESME_RTHROTTLED] * 3)
    answers = await submitting(client).submit(messages(20))
    assert kinds(answers) == ["Accepted"] * 20
    assert sorted(map(int, smsc.taken)) == list(range(20))


async def test_an_smsc_that_stays_busy_puts_off(client: Client, smsc: Smsc) -> None:
    smsc.refusals.extend([CommandStatus.ESME_RTHROTTLED] * 100)
    (answer,) = await submitting(client).submit(messages(1))
    assert answer == PutOff(Reason.PROVIDER_BUSY, PATIENCE.throttled_seconds)
    assert len(smsc.refusals) == 100 - PATIENCE.tries


async def test_a_message_that_cannot_be_written_does_not_touch_the_others(
    client: Client, smsc: Smsc
) -> None:
    pdus = [SubmitSm(destination_addr="1"), SubmitSm(destination_addr="6" * 30)]
    answers = await submitting(client).submit(pdus)
    assert kinds(answers) == ["Accepted", "Refused"]
    assert answers[1] == Refused(Reason.REQUEST_MALFORMED)
    assert smsc.taken == ["1"]


async def test_of_an_smsc_that_falls_silent_only_one_window_is_in_doubt(
    client: Client, smsc: Smsc
) -> None:
    smsc.answers.clear()
    answers = await submitting(client).submit(messages(20))
    assert answers[:WINDOW] == [Unsure(Reason.ANSWER_OVERDUE)] * WINDOW
    assert answers[WINDOW:] == [PutOff(Reason.ANSWER_OVERDUE, 15.0)] * (20 - WINDOW)


async def test_without_a_session_nothing_waits_for_ever() -> None:
    account = Account(host="127.0.0.1", port=9, system_id="village")
    (answer,) = await submitting(Client(account)).submit(messages(1))
    assert answer == PutOff(Reason.PROVIDER_UNREACHABLE, PATIENCE.away_seconds)


async def test_a_session_that_is_lost_in_the_middle_holds_nobody_for_long(
    client: Client, smsc: Smsc
) -> None:
    smsc.dies_after = 20
    began = asyncio.get_running_loop().time()
    answers = await submitting(client).submit(messages(200))
    assert asyncio.get_running_loop().time() - began < 5 * PATIENCE.rebind_seconds
    assert kinds(answers[:10]) == ["Accepted"] * 10
    assert kinds(answers).count("Unsure") <= WINDOW
    assert set(answers[20 + WINDOW :]) == {PutOff(Reason.PROVIDER_UNREACHABLE, 5.0)}


async def test_who_waits_for_room_hears_of_the_end_of_the_session(
    client: Client, smsc: Smsc
) -> None:
    patience = replace(PATIENCE, room_seconds=60.0, rebind_seconds=0.3)
    shared = Submitting(client, Pace(), patience, receipts=True)
    smsc.answers.clear()
    first = asyncio.create_task(shared.submit(messages(WINDOW)))
    await until_full(client)
    second = asyncio.create_task(shared.submit(messages(3)))
    await asyncio.sleep(0.01)
    smsc.lose_sessions()
    smsc.answers.set()
    await smsc.gone()
    assert await first == [Unsure(Reason.CONNECTION_LOST)] * WINDOW
    away = [PutOff(Reason.PROVIDER_UNREACHABLE, PATIENCE.away_seconds)] * 3
    assert await asyncio.wait_for(second, 10) == away


async def test_a_new_session_that_others_have_filled_is_one_all_the_same(
    server: Server, smsc: Smsc
) -> None:
    window = SessionSettings(window=WINDOW)
    account = Account(host="127.0.0.1", port=server.port, system_id="patient", session=window)
    patience = replace(PATIENCE, room_seconds=60.0, rebind_seconds=0.6)
    smsc.answers.clear()
    async with Client(account) as patient:
        shared = Submitting(patient, Pace(), patience, receipts=True)
        both = [asyncio.create_task(shared.submit(messages(2 * WINDOW))) for _ in range(2)]
        await until_full(patient)
        smsc.lose_sessions()
        while patient.bound:
            await asyncio.sleep(0.01)
        await until_full(patient)
        await asyncio.sleep(2 * patience.rebind_seconds)
        smsc.answers.set()
        answers = [answer for each in both for answer in await each]
    assert kinds(answers).count("Unsure") == WINDOW
    assert kinds(answers).count("Accepted") == 3 * WINDOW


async def test_it_is_no_faster_than_it_may_be(client: Client) -> None:
    began = asyncio.get_running_loop().time()
    await submitting(client, Pace(per_second=100)).submit(messages(11))
    assert asyncio.get_running_loop().time() - began >= 0.1
