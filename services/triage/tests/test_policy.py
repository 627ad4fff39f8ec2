"""A policy is read from TOML, or refused with the field and the rule it breaks."""

from pathlib import Path

import pytest

from common.cap import Scope, Status
from common.subjects import Priority
from triage.policy import Policy, PolicyRefused, TwoPeopleRule, read_policy

WHOLE = """
default_life_hours = 12
hold_hours = 0.5
scopes = ["Public", "Private"]
everyone = true
practice_groups = ["drill"]

[audience_limits]
immediate = 5000

[[two_people]]
senders = ["warnings@sea.example"]
priorities = ["routine"]

[[place_groups]]
value_name = "kelurahan"
value = "17"
groups = ["harbor"]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_hold() -> None:
    assert read_policy(None) == Policy()


def test_by_default_nobody_alerts_everyone_and_one_person_may_do() -> None:
    policy = Policy()
    assert not policy.everyone
    assert policy.two_people == ()


def test_a_policy_is_read_whole(tmp_path: Path) -> None:
    policy = read_policy(written(tmp_path, WHOLE))
    assert policy.default_life.total_seconds() == 43_200
    assert policy.hold.total_seconds() == 1_800
    assert policy.audience_limits.of(Priority.IMMEDIATE) == 5_000
    assert policy.audience_limits.of(Priority.ROUTINE) == 10_000
    assert policy.place_groups[0].groups == ("harbor",)


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        ("hold_hours = 0", "hold_hours", "greater_than"),
        ("hold_hours = 10000", "hold_hours", "less_than_equal"),
        ("hold = 3", "hold", "extra_forbidden"),
        ("[audience_limits]\nroutine = -1", "audience_limits.routine", "greater_than_equal"),
        ("[[two_people]]", "two_people.0", "value_error"),
        ('[[two_people]]\npriorities = ["urgent"]', "two_people.0.priorities.0", "enum"),
        ('practice_groups = ["Not A Group"]', "practice_groups.0", "string_pattern_mismatch"),
        ('[[place_groups]]\nvalue_name = "a"\nvalue = "b"', "place_groups.0.groups", "missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_rule(
    tmp_path: Path, text: str, field: str, rule: str
) -> None:
    with pytest.raises(PolicyRefused) as refused:
        read_policy(written(tmp_path, text))
    assert f"policy.toml: {field}: " in str(refused.value)
    assert f"[{rule}]" in str(refused.value)


def test_every_wrong_field_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused) as refused:
        read_policy(written(tmp_path, "hold_hours = 0\neveryone = 'perhaps'"))
    assert len(str(refused.value).splitlines()) == 2


def test_what_is_not_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="not TOML"):
        read_policy(written(tmp_path, "hold_hours ="))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyRefused, match="cannot be read"):
        read_policy(tmp_path / "nowhere.toml")


def test_a_rule_wants_what_all_of_its_lists_name() -> None:
    rule = TwoPeopleRule(senders=("sea",), statuses=(Status.ACTUAL,))
    assert rule.wants("sea", Priority.ROUTINE, Scope.PUBLIC, Status.ACTUAL)
    assert not rule.wants("sea", Priority.ROUTINE, Scope.PUBLIC, Status.EXERCISE)
    assert not rule.wants("market", Priority.ROUTINE, Scope.PUBLIC, Status.ACTUAL)


def test_a_rule_looks_at_priorities_and_scopes() -> None:
    lane = TwoPeopleRule(priorities=(Priority.IMMEDIATE,))
    closed = TwoPeopleRule(scopes=(Scope.PRIVATE,))
    assert not lane.wants("sea", Priority.ROUTINE, Scope.PUBLIC, Status.ACTUAL)
    assert not closed.wants("sea", Priority.ROUTINE, Scope.PUBLIC, Status.ACTUAL)
