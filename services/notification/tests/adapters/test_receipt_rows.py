"""A receipt may come before the response to what it is about."""

from datetime import timedelta

from common.events.notification import Outcome
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.receipt_rows import (
    keep_early,
    with_early_receipts,
)
from notification.outcomes import Opened, Settled
from notification.ports import Receipt
from notification.reason import Reason
from testkit.clock import NOON

LATER = NOON + timedelta(minutes=1)


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
