"""A held alert has an exit: a yes, a no, or the end of the wait; never two of them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from common.problems import Refusal
from testkit.builders import alert, follow_up, info

FIRST = alert(identifier="first")
ODD = {"concerns": ("sent long ago",)}
SECOND = "key_second"


@pytest.fixture(params=["memory", "sql"])
def desk(request: Any, desk: Any, sql_desk: Any) -> Any:
    return {"memory": desk, "sql": sql_desk}[request.param]


@pytest.fixture
async def held(desk: Any, submission: Any) -> str:
    came = submission(FIRST, **ODD)
    await desk.admit(came)
    desk.listener.heard.clear()
    return str(came.accepted.alert_id)


async def refused(answering: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        await answering
    return refusal.value.problem.reason


async def test_an_approved_alert_is_released(desk: Any, held: str) -> None:
    resolution = await desk.lifecycle.approve(held, SECOND)
    assert (resolution.entry.verdict, resolution.entry.approver) == ("released", SECOND)
    assert desk.listener.subjects == ["alert.approved", "alert.released.immediate"]


async def test_the_author_cannot_answer(desk: Any, held: str) -> None:
    assert await refused(desk.lifecycle.approve(held, "key_0000abcd")) == "approver-is-author"
    assert await refused(desk.lifecycle.reject(held, "key_0000abcd", "no")) == "approver-is-author"
    assert desk.listener.heard == []


async def test_the_same_answer_again_is_the_same_answer(desk: Any, held: str) -> None:
    first = await desk.lifecycle.approve(held, SECOND)
    desk.clock.forward(timedelta(days=1))
    again = await desk.lifecycle.approve(held, SECOND)
    assert (again.entry, again.fresh) == (first.entry, False)
    assert len(desk.listener.heard) == 2


async def test_a_rejected_alert_goes_to_nobody(desk: Any, held: str) -> None:
    resolution = await desk.lifecycle.reject(held, SECOND, "wrong harbor")
    assert (resolution.entry.verdict, resolution.entry.sentence) == ("rejected", "wrong harbor")
    assert desk.listener.subjects == ["alert.rejected"]


async def test_a_yes_after_a_no_is_refused(desk: Any, held: str) -> None:
    await desk.lifecycle.reject(held, SECOND, "no")
    assert await refused(desk.lifecycle.approve(held, "key_third")) == "answered-otherwise"


async def test_of_a_yes_and_a_no_at_once_one_wins(desk: Any, held: str) -> None:
    answers = await asyncio.gather(
        desk.lifecycle.approve(held, SECOND),
        desk.lifecycle.reject(held, "key_third", "no"),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1
    assert desk.listener.subjects in (
        ["alert.approved", "alert.released.immediate"],
        ["alert.rejected"],
    )


async def test_an_alert_that_does_not_wait_cannot_be_answered(desk: Any, submission: Any) -> None:
    came = submission(FIRST)
    await desk.admit(came)
    assert await refused(desk.lifecycle.approve(came.accepted.alert_id, SECOND)) == "not-held"


async def test_an_unknown_alert_cannot_be_answered(desk: Any) -> None:
    assert await refused(desk.lifecycle.approve("nobody", SECOND)) == "unknown-alert"


async def test_a_yes_after_the_wait_is_too_late(desk: Any, held: str) -> None:
    desk.clock.forward(timedelta(hours=2))
    assert await refused(desk.lifecycle.approve(held, SECOND)) == "approval-expired"


async def test_a_wait_that_is_over_is_a_verdict(desk: Any, held: str) -> None:
    desk.clock.forward(timedelta(hours=2))
    (resolution,) = await desk.lifecycle.expire()
    assert (resolution.entry.alert_id, resolution.entry.reason) == (held, "approval_expired")
    assert desk.listener.subjects == ["alert.suppressed"]
    assert not await desk.lifecycle.expire()


async def test_a_wait_is_not_over_before_its_time(desk: Any, held: str) -> None:
    desk.clock.forward(timedelta(minutes=119))
    assert not await desk.lifecycle.expire()
    assert [entry.alert_id for entry in await desk.lifecycle.held()] == [held]


async def test_an_answer_is_given_also_when_the_bus_is_down(desk: Any, held: str) -> None:
    desk.listener.down = True
    assert (await desk.lifecycle.approve(held, SECOND)).entry.verdict == "released"
    desk.listener.down = False
    await desk.say_unsaid()
    assert desk.listener.subjects == ["alert.approved", "alert.released.immediate"]


async def test_no_approval_helps_an_alert_without_audience(desk: Any, submission: Any) -> None:
    came = submission(alert(infos=(info(area=()),)))
    await desk.admit(came)
    answer = desk.lifecycle.approve(came.accepted.alert_id, SECOND)
    assert await refused(answer) == "no-approval-helps"
    assert len(await desk.lifecycle.held()) == 1


async def test_a_held_cancel_ends_what_is_known_when_it_is_approved(
    desk: Any, submission: Any
) -> None:
    cancel, first = submission(follow_up("Cancel", FIRST, infos=()), **ODD), submission(FIRST)
    await desk.admit(cancel)
    await desk.admit(first)
    desk.listener.heard.clear()
    await desk.lifecycle.approve(cancel.accepted.alert_id, SECOND)
    assert desk.listener.heard == [
        ("alert.approved", cancel.accepted.alert_id, 0),
        ("alert.ended", first.accepted.alert_id, 0),
        ("alert.released.immediate", cancel.accepted.alert_id, 0),
    ]


async def test_an_alert_whose_cancel_came_first_and_the_cancel_go_to_nobody(
    desk: Any, submission: Any
) -> None:
    await desk.admit(submission(follow_up("Cancel", FIRST)))
    decision = await desk.admit(submission(FIRST))
    assert decision.change.entry.reason == "ended_before_it_came"
    assert not await desk.lifecycle.held()
    assert desk.listener.subjects == ["alert.held", "alert.suppressed", "alert.suppressed"]


async def test_a_cancel_that_people_doubt_withdraws_nothing_before_they_agree(
    desk: Any, submission: Any
) -> None:
    first, cancel = submission(FIRST, **ODD), submission(follow_up("Cancel", FIRST), **ODD)
    await desk.admit(first)
    await desk.admit(cancel)
    assert len(await desk.lifecycle.held()) == 2
    resolution = await desk.lifecycle.approve(cancel.accepted.alert_id, SECOND)
    assert (resolution.entry.verdict, resolution.entry.reason) == ("suppressed", "nothing_sent")
    assert not await desk.lifecycle.held()


async def test_an_update_held_too_long_is_superseded_by_what_went_out_meanwhile(
    desk: Any, submission: Any
) -> None:
    update = submission(follow_up("Update", FIRST, minutes=5), **ODD)
    await desk.admit(submission(FIRST))
    await desk.admit(update)
    await desk.admit(submission(follow_up("Cancel", FIRST, minutes=9)))
    answer = desk.lifecycle.approve(update.accepted.alert_id, SECOND)
    assert await refused(answer) == "not-held"


async def test_an_alert_that_waits_is_withdrawn_by_its_cancel(desk: Any, submission: Any) -> None:
    held = submission(FIRST, **ODD)
    await desk.admit(held)
    await desk.admit(submission(follow_up("Cancel", FIRST)))
    assert desk.listener.subjects == ["alert.held", "alert.suppressed", "alert.suppressed"]
    answer = desk.lifecycle.approve(held.accepted.alert_id, SECOND)
    assert await refused(answer) == "not-held"
