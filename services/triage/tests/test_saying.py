"""What is stored is said in order, and noted only when the bus has it."""

from typing import Any

import pytest

from common.messaging.failures import NotPublished
from testkit.builders import alert, follow_up

FIRST = alert(identifier="first")


async def test_what_was_said_is_not_unsaid_any_more(desk: Any, submission: Any) -> None:
    await desk.admit(submission(FIRST))
    assert not await desk.mouth.unsaid()


async def test_what_the_bus_did_not_take_stays_unsaid(desk: Any, submission: Any) -> None:
    desk.listener.down = True
    with pytest.raises(NotPublished):
        await desk.admit(submission(FIRST))
    assert len(await desk.mouth.unsaid()) == 1


async def test_the_first_that_the_bus_does_not_take_ends_it(desk: Any, submission: Any) -> None:
    await desk.admit(submission(FIRST))
    desk.listener.most = 2
    with pytest.raises(NotPublished):
        await desk.admit(submission(follow_up("Cancel", FIRST)))
    assert desk.listener.subjects[1:] == ["alert.ended"]
    assert [each.said_on for each in await desk.mouth.unsaid()] == ["alert.released.immediate"]
