"""An accepted alert is decided once, stored, and said; a repeat is said again."""

from datetime import timedelta
from typing import Any

import pytest

from common.messaging.failures import TemporaryFailure
from testkit.builders import alert, follow_up, info, newsletter

FIRST = alert(identifier="first")
CALM = alert(identifier="market", infos=(newsletter(),))


async def test_an_alert_is_released(desk: Any, submission: Any) -> None:
    decision = await desk.admit(submission(FIRST))
    assert decision.change.entry.verdict == "released"
    assert desk.listener.subjects == ["alert.released.immediate"]


async def test_the_same_event_again_is_said_again_and_not_decided_again(
    desk: Any, submission: Any
) -> None:
    await desk.admit(submission(FIRST))
    desk.clock.forward(timedelta(days=2))
    decision = await desk.admit(submission(FIRST))
    assert decision.change is None
    assert desk.listener.subjects == ["alert.released.immediate"] * 2


async def test_a_repair_is_said_again_under_its_number(desk: Any, submission: Any) -> None:
    await desk.admit(submission(FIRST))
    await desk.admit(submission(FIRST, repair=3))
    assert [repair for _, _, repair in desk.listener.heard] == [0, 3]


async def test_a_repair_of_an_ended_alert_says_its_end_first(desk: Any, submission: Any) -> None:
    await desk.admit(submission(FIRST))
    await desk.admit(submission(follow_up("Cancel", FIRST)))
    desk.listener.heard.clear()
    await desk.admit(submission(FIRST, repair=1))
    assert desk.listener.subjects == ["alert.ended", "alert.released.immediate"]


async def test_another_submission_of_an_alert_is_suppressed_as_a_duplicate(
    desk: Any, submission: Any
) -> None:
    await desk.admit(submission(FIRST))
    decision = await desk.admit(submission(FIRST, content_sha256="1" * 64))
    assert (decision.change.entry.verdict, decision.change.entry.reason) == (
        "suppressed",
        "duplicate",
    )


async def test_an_immediate_alert_does_not_wait_for_whoever_counts(
    desk: Any, submission: Any
) -> None:
    desk.tally.people = None
    decision = await desk.admit(submission(FIRST))
    assert decision.change.entry.verdict == "released"


async def test_a_calm_alert_comes_again_twice_and_is_then_held(desk: Any, submission: Any) -> None:
    desk.tally.people = None
    for deliveries in (1, 2):
        with pytest.raises(TemporaryFailure):
            await desk.admit(submission(CALM), deliveries)
    decision = await desk.admit(submission(CALM), 3)
    assert (decision.change.entry.verdict, decision.change.entry.reason) == (
        "held",
        "reach_unknown",
    )


async def test_an_alert_to_too_many_is_held(desk: Any, submission: Any) -> None:
    desk.tally.people = 10_001
    assert (await desk.admit(submission(CALM))).change.entry.reason == "audience_over_limit"


@pytest.mark.parametrize(
    "uncounted",
    [
        follow_up("Cancel", FIRST),
        alert(status="Draft"),
        alert(infos=(info(area=()),)),
    ],
)
async def test_nobody_counts_where_it_does_not_matter(
    desk: Any, submission: Any, uncounted: Any
) -> None:
    await desk.admit(submission(uncounted))
    assert desk.tally.asked == 0


async def test_an_alert_that_was_decided_is_not_counted_again(desk: Any, submission: Any) -> None:
    await desk.admit(submission(FIRST))
    await desk.admit(submission(FIRST))
    assert desk.tally.asked == 1
