"""The life of an alert, and what about its times a person must look at."""

from datetime import timedelta

from intake.life import concerns_about, ends_at, journal_ends_at
from testkit.builders import alert, info
from testkit.clock import NOON

DAY = timedelta(days=1)


def test_an_alert_lives_until_the_last_of_its_infos_expires() -> None:
    infos = (info(), info(language="id", expires=NOON + timedelta(hours=5)))
    assert ends_at(alert(infos=infos), DAY) == NOON + timedelta(hours=5)


def test_an_alert_that_does_not_say_so_lives_a_day_from_sent() -> None:
    assert ends_at(alert(infos=(info(expires=None),)), DAY) == NOON + DAY
    assert ends_at(alert(infos=()), DAY) == NOON + DAY


def test_an_end_that_is_its_beginning_lives_a_day() -> None:
    assert ends_at(alert(infos=(info(expires=NOON),)), DAY) == NOON + DAY


def test_an_alert_in_time_concerns_nobody() -> None:
    assert concerns_about(alert(), NOON + timedelta(minutes=4), DAY) == ()
    assert concerns_about(alert(), NOON - timedelta(minutes=5), DAY) == ()


def test_an_alert_from_the_future_is_a_concern() -> None:
    (concern,) = concerns_about(alert(), NOON - timedelta(minutes=6), DAY)
    assert "ahead" in concern


def test_an_alert_that_comes_after_its_life_is_a_concern() -> None:
    (concern,) = concerns_about(alert(), NOON + timedelta(hours=2), DAY)
    assert "over" in concern


def test_an_alert_that_comes_after_its_life_is_followed_for_a_day() -> None:
    late = NOON + timedelta(days=3)
    assert journal_ends_at(alert(), late, DAY) == late + DAY
    assert journal_ends_at(alert(), NOON, DAY) == NOON + timedelta(hours=2)
