"""One process begins a link test, every process sees its end, and its receipt is nobody else's."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from common.events.notification import Outcome
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import early_receipts, unanswered
from notification.adapters.sql_link_tests import SqlLinkTests
from notification.adapters.sql_receipts import SqlReceipts
from notification.linktests.link import Link
from notification.linktests.record import Record, State
from notification.ports import Accepted, Receipt, Refused
from notification.reason import Reason
from testkit.clock import NOON

LINK = Link("sms", "smsc")
FAST = Link("sms", "smsc", immediate=True)
LATER = NOON + timedelta(seconds=3, microseconds=7)
PATIENCE = timedelta(minutes=10)


@pytest.fixture
def tests(store: DeliveryStore) -> SqlLinkTests:
    return SqlLinkTests(store)


async def begun(tests: SqlLinkTests, link: Link = LINK) -> Record:
    record = await tests.begin(Record(link), NOON)
    assert record is not None
    return record


async def owed(tests: SqlLinkTests, message_id: str, link: Link = LINK) -> None:
    answer = Accepted(message_id, receipt_expected=True)
    await tests.keep((await begun(tests, link)).answered(answer, NOON, PATIENCE))


async def test_of_many_processes_one_begins(tests: SqlLinkTests) -> None:
    tried = await asyncio.gather(*(tests.begin(Record(LINK), NOON) for _ in range(5)))
    assert [each for each in tried if each] == [Record(LINK, begun_at=NOON)]


async def test_the_next_one_begins_from_what_was_last_seen(tests: SqlLinkTests) -> None:
    await begun(tests)
    seen = (await tests.records())[LINK]
    assert await tests.begin(seen, LATER) is not None
    assert await tests.begin(seen, LATER + PATIENCE) is None
    assert (await tests.records())[LINK].begun_at == LATER


async def test_what_came_of_it_is_kept(tests: SqlLinkTests) -> None:
    ended = (await begun(tests)).answered(Refused(Reason.TEXT_REFUSED), LATER, PATIENCE)
    await tests.keep(ended)
    assert await tests.records() == {LINK: ended}


async def test_what_ends_after_another_has_begun_is_not_kept(tests: SqlLinkTests) -> None:
    first = await begun(tests)
    second = await tests.begin(first, LATER)
    await tests.keep(first.answered(Accepted("m"), LATER, PATIENCE))
    assert await tests.records() == {LINK: second}


async def test_each_link_of_a_provider_is_kept_for_itself(tests: SqlLinkTests) -> None:
    await begun(tests)
    await begun(tests, FAST)
    assert set(await tests.records()) == {LINK, FAST}


async def test_who_asks_leaves_what_is_known(tests: SqlLinkTests) -> None:
    ended = (await begun(tests)).answered(Accepted("m"), LATER, PATIENCE)
    await tests.keep(ended)
    await tests.ask([LINK, FAST], LATER)
    known = await tests.records()
    assert (known[LINK].state, known[LINK].asked_at) == (State.ACCEPTED, LATER)
    assert known[FAST] == Record(FAST, asked_at=LATER)
    assert known[LINK].begun_at == NOON


async def test_a_receipt_ends_its_test_and_is_taken_out(
    tests: SqlLinkTests, store: DeliveryStore
) -> None:
    await owed(tests, "m1")
    await owed(tests, "m2", FAST)
    receipts = [
        Receipt("smsc", "m1", Outcome.DELIVERED, None, LATER),
        Receipt("smsc", "m2", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, LATER),
        Receipt("smsc", "of an alert", Outcome.DELIVERED, None, LATER),
        Receipt("other", "m1", Outcome.FAILED, None, LATER),
    ]
    assert await SqlReceipts(store).receive(receipts, LATER) == ()
    await tests.hear(LATER)
    known = await tests.records()
    assert known[LINK].state is State.RECEIVED
    assert (known[FAST].state, known[FAST].reason) == (State.FAILED, Reason.ADDRESS_UNKNOWN)
    async with store.reading() as connection:
        left = (await connection.execute(select(early_receipts.c.message_id))).scalars().all()
        counted = (await connection.execute(select(unanswered))).all()
    assert sorted(left) == ["m1", "of an alert"]
    assert counted == []


async def test_a_receipt_that_does_not_come_in_time_is_given_up_and_still_counts(
    tests: SqlLinkTests, store: DeliveryStore
) -> None:
    await owed(tests, "m1")
    await tests.hear(NOON + PATIENCE - timedelta(seconds=1))
    assert (await tests.records())[LINK].state is State.NEVER
    await tests.hear(NOON + PATIENCE)
    assert (await tests.records())[LINK].state is State.NO_RECEIPT
    late = Receipt("smsc", "m1", Outcome.DELIVERED, None, LATER)
    await SqlReceipts(store).receive([late], LATER)
    await tests.hear(NOON + 2 * PATIENCE)
    assert (await tests.records())[LINK].state is State.RECEIVED


async def test_a_receipt_of_an_earlier_test_says_nothing_of_this_one(
    tests: SqlLinkTests, store: DeliveryStore
) -> None:
    await owed(tests, "m1")
    again = await tests.begin((await tests.records())[LINK], LATER)
    late = Receipt("smsc", "m1", Outcome.DELIVERED, None, LATER)
    await SqlReceipts(store).receive([late], LATER)
    await tests.hear(LATER)
    assert (await tests.records())[LINK] == again
