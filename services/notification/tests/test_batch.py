"""A batch says all that a worker needs, and a part of it goes under an id of its own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.subjects import Priority
from notification.batch import Batch, StoredBatch, microseconds, moment, read_batch
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]


def test_a_batch_is_read_as_it_was_written(make_batch: MakesBatch) -> None:
    batch = make_batch(after=("plan-a-0", "plan-b-0"), earlier=("a", "b"), suspects=("sms-1",))
    assert read_batch(batch.body()) == batch


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b'{"batch_id": 7}'])
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_batch(body)


def test_a_batch_goes_by_its_channel_and_lane(make_batch: MakesBatch) -> None:
    batch = make_batch(priority=Priority.IMMEDIATE)
    assert batch.subject() == "notification.requested.sms.immediate"


def test_a_part_counts_for_the_planned_batch_and_is_said_as_another(
    make_batch: MakesBatch,
) -> None:
    batch = make_batch(3)
    part = batch.part("a", batch.recipients[:2], attempt=1, suspects=("sms-1",))
    assert part.settles_as == batch.batch_id
    assert part.event_id() != batch.event_id()
    assert [each.id for each in part.recipients] == ["sms-0", "sms-1"]
    assert (part.attempt, part.suspects) == (1, ("sms-1",))


def test_a_stored_batch_is_said_exactly_as_the_batch(make_batch: MakesBatch) -> None:
    batch = make_batch()
    stored = StoredBatch(
        batch.batch_id, batch.alert_id, batch.channel, batch.priority, batch.body()
    )
    assert (stored.event_type, stored.event_id(), stored.subject(), stored.body()) == (
        batch.event_type,
        batch.event_id(),
        batch.subject(),
        batch.body(),
    )


def test_a_window_takes_the_words_of_its_batch(make_batch: MakesBatch) -> None:
    batch = make_batch(3)
    window = batch.window(batch.recipients[1:])
    assert (window.text, window.alert_id, window.batch_id) == (batch.text, "alert-1", "plan-0")
    assert window.expires_at == NOON + timedelta(hours=2)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants its bounds naive
def test_an_instant_comes_back_as_it_was(instant: datetime) -> None:
    assert abs(moment(microseconds(instant)) - instant) <= timedelta(microseconds=1)


def test_a_batch_that_goes_again_says_so_and_any_other_is_written_as_ever(
    make_batch: MakesBatch,
) -> None:
    batch = make_batch()
    again = read_batch(batch.going_again().body())
    assert (again.again, batch.again) == (True, False)
    assert b"again" not in batch.body()
