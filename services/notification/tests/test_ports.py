"""What a recipient is told has one name, whoever sends it and however often."""

from collections.abc import Callable
from dataclasses import replace

from notification.batch import Batch


def test_what_is_told_has_the_same_name_each_time(make_batch: Callable[..., Batch]) -> None:
    batch = make_batch(2)
    anna, budi = batch.recipients
    window = batch.window(batch.recipients)
    again = replace(window, batch_id="a half of it", recipients=(anna,))
    other = replace(window, alert_id="another")
    name = window.name_for(anna)
    assert name == again.name_for(anna)
    assert len({name, window.name_for(budi), other.name_for(anna)}) == 3
    assert len(name) == 32
    assert anna.id not in name
