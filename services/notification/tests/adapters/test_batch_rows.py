"""A batch is kept as it is said, under the plan that it was planned in."""

from collections.abc import Callable

from notification.adapters.batch_rows import batch_row, plan_id
from notification.batch import Batch, microseconds, read_batch
from testkit.clock import NOON


def test_a_row_has_the_batch_whole_and_what_is_asked_for(
    make_batch: Callable[..., Batch],
) -> None:
    batch = make_batch(3, batch_id="abc-7")
    row = batch_row(batch, 7, NOON, planned=True)
    assert read_batch(row["body"]) == batch
    assert (row["plan_id"], row["number"], row["recipients"]) == ("abc", 7, 3)
    assert (row["said"], row["stored_at"]) == (False, microseconds(NOON))


def test_a_part_belongs_to_the_plan_of_its_whole(make_batch: Callable[..., Batch]) -> None:
    whole = make_batch(3, batch_id="abc-7")
    part = whole.part("r1-0f", whole.recipients[:1], attempt=1)
    assert batch_row(part, 0, NOON, planned=False)["plan_id"] == "abc"
    assert plan_id("abc-7") == "abc"
