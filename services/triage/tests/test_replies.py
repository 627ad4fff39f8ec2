"""Intake gets what a second person needs to see."""

from typing import Any

import pytest

from testkit.builders import alert, info
from triage.replies import decided_of, held_alert_of, held_list_of

ODD = {"concerns": ("sent long ago",)}


@pytest.fixture
async def entry(desk: Any, submission: Any) -> Any:
    return (await desk.admit(submission(**ODD))).change.entry


async def test_a_held_alert_is_shown_with_its_headline_and_reason(entry: Any) -> None:
    shown = held_alert_of(entry)
    assert (shown.event, shown.headline) == ("Tsunami", "Tsunami: go to high ground now")
    assert (shown.reason, shown.answerable, shown.priority) == ("concerns", True, "immediate")
    assert shown.held_until == entry.held_until


async def test_a_held_alert_without_info_is_shown(desk: Any, submission: Any) -> None:
    decision = await desk.admit(submission(alert(infos=())))
    shown = held_alert_of(decision.change.entry)
    assert (shown.event, shown.answerable) == ("", False)


async def test_an_info_without_headline_is_shown(desk: Any, submission: Any) -> None:
    silent = alert(identifier="silent", infos=(info(headline=None),))
    decision = await desk.admit(submission(silent, **ODD))
    assert held_alert_of(decision.change.entry).headline == ""


async def test_a_publisher_may_ask_for_its_own(entry: Any) -> None:
    assert len(held_list_of([entry], None).alerts) == 1
    assert len(held_list_of([entry], "key_0000abcd").alerts) == 1
    assert held_list_of([entry], "key_other").alerts == ()


async def test_an_answer_tells_who_decided_what(desk: Any, entry: Any) -> None:
    resolution = await desk.lifecycle.approve(entry.alert_id, "key_second")
    decided = decided_of(resolution.entry)
    assert (decided.decision, decided.approver, decided.verdict) == (
        "approved",
        "key_second",
        "released",
    )
