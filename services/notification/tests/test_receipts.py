"""A receipt is answered when it is stored, and never before."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from common.events.notification import Outcome
from common.messaging.failures import TemporaryFailure
from notification.ports import Receipt
from notification.receipts import ReceiptDesk
from notification.saying import Saying
from testkit.clock import NOON, StoppedClock


class Store:
    """A store that keeps what it takes, or fails as it is told."""

    def __init__(self) -> None:
        self.kept: list[list[str]] = []
        self.failure: Exception | None = None

    async def receive(self, receipts: Sequence[Receipt], _: datetime) -> Sequence[Saying]:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        self.kept.append([each.message_id for each in receipts])
        return [Saying(each.message_id, "", "", b"", "") for each in receipts]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def desk(store: Store, said: list[str], clock: StoppedClock) -> ReceiptDesk:
    async def say(sayings: Sequence[Saying]) -> None:
        said.extend(each.event_id for each in sayings)

    return ReceiptDesk(store.receive, say, clock)


def receipt(number: int) -> Receipt:
    return Receipt("paper", f"m{number}", Outcome.DELIVERED, None, NOON)


async def test_receipts_that_come_together_are_stored_together(
    desk: ReceiptDesk, store: Store, said: list[str]
) -> None:
    await asyncio.gather(*(desk.take(receipt(number)) for number in range(50)))
    await asyncio.sleep(0.05)
    assert [len(each) for each in store.kept] == [50]
    assert len(said) == 50


async def test_a_receipt_that_cannot_be_stored_is_not_answered_as_if_it_were(
    desk: ReceiptDesk, store: Store
) -> None:
    store.failure = TemporaryFailure("the disk is full")
    with pytest.raises(TemporaryFailure, match="disk is full"):
        await desk.take(receipt(1))
    store.failure = None
    await desk.take(receipt(1))
    assert store.kept == [["m1"]]


async def test_a_flaw_in_the_store_leaves_nobody_waiting(
    desk: ReceiptDesk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification.receipts.MOST", 2)
    store.failure = ZeroDivisionError()
    heard: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: heard.append(context["exception"]))
    async with asyncio.timeout(2):
        answers = await asyncio.gather(
            *(desk.take(receipt(number)) for number in range(5)), return_exceptions=True
        )
    assert all(isinstance(each, TemporaryFailure) for each in answers)
