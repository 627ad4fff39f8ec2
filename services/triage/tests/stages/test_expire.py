"""Nothing goes out past its life."""

from datetime import timedelta
from typing import Any

from testkit.builders import alert, follow_up, info
from testkit.clock import NOON
from triage.stages.expire import expire


def judged(case: Any) -> Any:
    return expire(case)


FIRST = alert(identifier="first")


def test_an_alert_at_its_last_second_is_too_late(case: Any) -> None:
    assert judged(case(now=NOON + timedelta(hours=2))).reason == "expired"


def test_an_alert_within_its_life_goes_on(case: Any) -> None:
    given = case(now=NOON + timedelta(minutes=119))
    assert judged(given) is given


def test_what_an_expired_follow_up_ends_is_over_all_the_same(case: Any) -> None:
    assert judged(case(now=NOON + timedelta(days=3))).stops_chain


def test_a_cancel_that_expires_when_it_is_sent_is_still_news(case: Any) -> None:
    cancel = follow_up("Cancel", FIRST, minutes=0, infos=(info(expires=NOON),))
    given = case(cancel, now=NOON + timedelta(minutes=1))
    assert judged(given) is given
