"""An alert tells how long it lives and what kind of follow-up it is."""

from datetime import timedelta

import pytest

from common.cap import alert_id
from common.events.triage import FollowUp
from testkit.builders import alert, follow_up, info
from testkit.clock import NOON
from triage.life import expires_at, follow_up_of, is_exercise, names_of

DAY = timedelta(hours=24)
FIRST = alert(identifier="first")
OVER = info(response_type=("AllClear",))


def test_an_alert_lives_as_long_as_the_last_of_its_infos() -> None:
    long = info(expires=NOON + timedelta(hours=5))
    assert expires_at(alert(infos=(info(), long)), DAY) == NOON + timedelta(hours=5)


def test_an_alert_that_does_not_say_lives_a_day() -> None:
    assert expires_at(alert(infos=(info(expires=None),)), DAY) == NOON + DAY


def test_a_cancel_without_info_lives_a_day() -> None:
    cancel = follow_up("Cancel", FIRST, infos=())
    assert expires_at(cancel, DAY) == cancel.sent + DAY


def test_an_alert_that_expires_when_it_is_sent_has_no_life() -> None:
    assert expires_at(alert(infos=(info(expires=NOON),)), DAY) == NOON


@pytest.mark.parametrize("over", [info(), OVER])
def test_an_end_that_expires_when_it_is_sent_lives_a_day(over: object) -> None:
    kind = "Update" if over is OVER else "Cancel"
    now = follow_up(kind, FIRST, minutes=120, infos=(over,))
    assert expires_at(now, DAY) == now.sent + DAY


@pytest.mark.parametrize(
    ("msg_type", "infos", "expected"),
    [
        ("Cancel", (), FollowUp.CANCEL),
        ("Update", (), FollowUp.UPDATE),
        ("Update", (info(),), FollowUp.UPDATE),
        ("Update", (OVER,), FollowUp.ALL_CLEAR),
        ("Update", (OVER, info()), FollowUp.UPDATE),
    ],
)
def test_a_follow_up_tells_its_kind(msg_type: str, infos: object, expected: FollowUp) -> None:
    assert follow_up_of(follow_up(msg_type, FIRST, infos=infos)) is expected


def test_an_alert_that_says_all_clear_is_still_an_alert() -> None:
    assert follow_up_of(alert(infos=(OVER,))) is FollowUp.FIRST


def test_a_follow_up_names_each_alert_once() -> None:
    assert names_of(follow_up("Cancel", FIRST, FIRST)) == (alert_id(FIRST.key),)


def test_what_an_alert_references_is_not_what_it_follows_up() -> None:
    named = alert(references=follow_up("Update", FIRST).references)
    assert names_of(named) == ()


def test_only_actual_is_the_real_thing() -> None:
    assert not is_exercise(alert())
    assert is_exercise(alert(status="Exercise"))
    assert is_exercise(alert(status="Test"))
