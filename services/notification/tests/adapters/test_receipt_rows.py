"""A receipt may come before the response, and what a channel owes is counted until it delivers."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from common.events.notification import Outcome
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import unanswered
from notification.adapters.receipt_rows import (
    count_accepted,
    keep_early,
    note_delivered,
    with_early_receipts,
)
from notification.batch import microseconds
from notification.outcomes import Opened, Settled
from notification.ports import Receipt
from notification.reason import Reason
from testkit.clock import NOON

LATER = NOON + timedelta(minutes=1)
LATEST = NOON + timedelta(minutes=2)
AT_NOON, AT_LATER = microseconds(NOON), microseconds(LATER)


def opened(number: int) -> Opened:
    return Opened(f"sms-{number}", "paper", f"m{number}", LATER, possible_duplicate=True)


async def test_an_early_receipt_settles_whom_it_is_about_once(store: DeliveryStore) -> None:
    early = Receipt("paper", "m0", Outcome.FAILED, Reason.PHONE_UNREACHABLE, NOON)
    async with store.writing() as connection:
        await connection.run_sync(keep_early, early)
        await connection.run_sync(keep_early, early)
        matched = await connection.run_sync(with_early_receipts, [opened(0), opened(1)])
        again = await connection.run_sync(with_early_receipts, [opened(0)])
    assert matched == [
        Settled("sms-0", Outcome.FAILED, Reason.PHONE_UNREACHABLE, "paper", True, True),
        opened(1),
    ]
    assert again == [opened(0)]


async def test_another_provider_may_use_the_same_message_id(store: DeliveryStore) -> None:
    async with store.writing() as connection:
        await connection.run_sync(keep_early, Receipt("other", "m0", Outcome.FAILED, None, NOON))
        assert await connection.run_sync(with_early_receipts, [opened(0)]) == [opened(0)]


async def counted(connection: AsyncConnection) -> list[tuple[str, int, int, int | None]]:
    """Return what each provider owes and since when, and when it delivered something."""
    rows = await connection.execute(select(unanswered).order_by(unanswered.c.provider))
    return [(row.provider, row.accepted, row.since, row.delivered_at) for row in rows]


async def test_what_a_provider_owes_is_counted_since_the_first(store: DeliveryStore) -> None:
    async with store.writing() as connection:
        await connection.run_sync(count_accepted, "sms", [opened(0), opened(1)], NOON)
        await connection.run_sync(count_accepted, "sms", [opened(2)], LATER)
        await connection.run_sync(count_accepted, "email", [Settled("e", Outcome.ACCEPTED)], NOON)
        assert await counted(connection) == [("paper", 3, AT_NOON, None)]
        await connection.run_sync(note_delivered, [("sms", "paper")], LATER)
        assert await counted(connection) == [("paper", 0, AT_NOON, AT_LATER)]
        await connection.run_sync(count_accepted, "sms", [opened(3)], LATEST)
        assert await counted(connection) == [("paper", 1, microseconds(LATEST), AT_LATER)]


async def test_a_delivery_begins_the_count_anew(store: DeliveryStore) -> None:
    async with store.writing() as connection:
        await connection.run_sync(count_accepted, "sms", [opened(0)], NOON)
        delivered = Settled("sms-1", Outcome.DELIVERED, None, "paper", sent=True)
        await connection.run_sync(count_accepted, "sms", [delivered, opened(2)], LATER)
        assert await counted(connection) == [("paper", 1, AT_LATER, AT_LATER)]


async def test_what_one_provider_delivers_does_not_speak_for_its_peer(
    store: DeliveryStore,
) -> None:
    late = NOON + timedelta(hours=1)
    mute = Opened("sms-9", "mute", "m9", late)
    async with store.writing() as connection:
        await connection.run_sync(count_accepted, "sms", [mute, opened(0)], NOON)
        await connection.run_sync(note_delivered, [("sms", "paper")], LATER)
        assert await counted(connection) == [
            ("mute", 1, AT_NOON, None),
            ("paper", 0, AT_NOON, AT_LATER),
        ]
