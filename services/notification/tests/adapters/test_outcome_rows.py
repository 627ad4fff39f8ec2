"""An outcome is stored with the event that tells it, and counts for the planned batch."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from common.events.notification import NotificationSettled, Outcome
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.delivery_tables import outcomes, sayings
from notification.adapters.outcome_rows import Place, grouped, insert_rows, known_of, say_settled
from notification.batch import Batch, microseconds
from notification.outcomes import Opened, Settled
from notification.reason import Reason
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]
FAILED = Settled("sms-0", Outcome.FAILED, Reason.ADDRESS_UNKNOWN, "paper")
OPENED = Opened("sms-1", "paper", "m1", NOON + timedelta(hours=1))


async def test_the_open_and_the_ended_have_a_row_each(
    store: DeliveryStore, make_batch: MakesBatch
) -> None:
    place = Place.of(make_batch(3))
    async with store.writing() as connection:
        await connection.run_sync(insert_rows, place, [FAILED, OPENED], NOON)
        assert await connection.run_sync(known_of, place, ["sms-0", "sms-1", "sms-2"]) == {
            "sms-0",
            "sms-1",
        }
        rows = (await connection.execute(select(outcomes).order_by(outcomes.c.recipient))).all()
    ended, opened = rows
    assert (ended.outcome, ended.reason, ended.sent) == ("failed", "address_unknown", False)
    assert (opened.outcome, opened.message_id, opened.sent) == (None, "m1", True)
    assert opened.deadline == microseconds(OPENED.deadline)


async def test_what_is_told_is_stored_where_it_was_made_true(
    store: DeliveryStore, make_batch: MakesBatch
) -> None:
    batch = make_batch(3)
    half = batch.part("a", batch.recipients[:1], attempt=0)
    async with store.writing() as connection:
        (said,) = await connection.run_sync(say_settled, Place.of(half), [FAILED], NOON)
        assert await connection.run_sync(say_settled, Place.of(half), [], NOON) == ()
        (row,) = (await connection.execute(select(sayings))).all()
    event = NotificationSettled.model_validate_json(row.body)
    assert (row.event_id, event.batch_id) == (said.event_id, batch.batch_id)
    assert [each.recipient for each in event.settlements] == ["sms-0"]


def test_rows_are_gathered_by_channel_and_batch() -> None:
    rows = [
        {"channel": "sms", "settles_as": "a", "recipient": "1"},
        {"channel": "email", "settles_as": "a", "recipient": "2"},
        {"channel": "sms", "settles_as": "a", "recipient": "3"},
    ]
    assert [[row["recipient"] for row in group] for group in grouped(rows)] == [["1", "3"], ["2"]]
