"""Subjects hold only words from closed lists."""

import re

import pytest

from common import subjects
from common.subjects import Priority, Service


@pytest.mark.parametrize("priority", Priority)
def test_a_lane_is_the_last_word_of_its_subjects(priority: Priority) -> None:
    assert subjects.released(priority) == f"alert.released.{priority}"
    assert subjects.requested("sms", priority) == f"notification.requested.sms.{priority}"


def test_outcomes_and_dead_letters_say_whose_they_are() -> None:
    assert subjects.settled("push") == "notification.settled.push"
    assert {subjects.dead(service) for service in Service} == {f"dead.{each}" for each in Service}


def test_no_subject_holds_a_wildcard_but_those_of_the_server() -> None:
    named = {
        name: value
        for name, value in vars(subjects).items()
        if name.isupper() and isinstance(value, str)
    }
    ours = {name: value for name, value in named.items() if not value.startswith("$JS")}
    assert len(ours) > 20
    assert [name for name, value in ours.items() if not re.fullmatch(r"[a-z._-]+", value)] == []
