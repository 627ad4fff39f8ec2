"""An alert goes to whom it names, and to nobody rather than the wrong ones."""

from typing import Any

import pytest

from common.events.triage import Audience
from common.subjects import Priority
from testkit.builders import alert, area, follow_up, info
from triage.policy import Policy
from triage.stages.address import address
from triage.stages.place import place


def judged(case: Any) -> Any:
    return address(case)


PLACES = {"place_groups": [{"value_name": "kelurahan", "value": "17", "groups": ["harbor"]}]}
BY_CODE = area(polygon=(), geocode=({"value_name": "kelurahan", "value": "17"},))
EVERYONE = Policy(everyone=True)


def to(*areas: Any, **changes: Any) -> Any:
    return alert(infos=(info(area=areas),), **changes)


def doubts(case: Any) -> list[str]:
    return [doubt.reason for doubt in case.doubts]


def test_a_public_alert_goes_to_people_in_its_areas(case: Any) -> None:
    assert judged(case()).audience == Audience(by_area=True)


def test_a_circle_is_an_area(case: Any) -> None:
    found = judged(case(to(area(polygon=(), circle=("-8.75,115.17 2.5",)))))
    assert found.audience.by_area


@pytest.mark.parametrize(
    "nowhere",
    [
        to(),
        to(area(polygon=())),
        to(area(polygon=(), circle=("-8.75,115.17 0",))),
        to(BY_CODE),
        alert(infos=()),
    ],
)
def test_an_alert_without_a_usable_area_or_group_is_held_and_no_approval_helps(
    case: Any, nowhere: Any
) -> None:
    found = judged(case(nowhere, approver="key_second"))
    assert (found.reason, found.answerable) == ("no_audience", False)


@pytest.mark.parametrize("scope", ["Restricted", "Private"])
def test_a_closed_alert_is_never_addressed_by_area(case: Any, scope: str) -> None:
    closed = to(area(), scope=scope, restriction="firefighters", addresses="group:fire")
    assert judged(case(closed)).audience == Audience(groups=("fire",))


@pytest.mark.parametrize("scope", ["Restricted", "Private"])
def test_a_closed_alert_to_strangers_is_held(case: Any, scope: str) -> None:
    closed = to(area(), scope=scope, addresses="somebody@elsewhere.example")
    assert judged(case(closed)).reason == "no_audience"


def test_a_closed_alert_is_not_addressed_by_geocode(case: Any) -> None:
    closed = to(BY_CODE, scope="Restricted", addresses="group:fire")
    found = judged(case(closed, policy=Policy.model_validate(PLACES)))
    assert found.audience == Audience(groups=("fire",))


def test_a_geocode_that_policy_knows_names_its_groups(case: Any) -> None:
    found = judged(case(to(BY_CODE), policy=Policy.model_validate(PLACES)))
    assert found.audience == Audience(groups=("harbor",))


def test_groups_come_beside_areas(case: Any) -> None:
    found = judged(case(to(area(), addresses="group:school")))
    assert found.audience == Audience(by_area=True, groups=("school",))


def test_a_practice_group_is_not_in_the_audience_of_the_real_thing(case: Any) -> None:
    found = judged(case(to(area(), addresses="group:practice")))
    assert found.audience == Audience(by_area=True)


def test_a_practice_group_is_in_the_audience_of_an_exercise(case: Any) -> None:
    drill = alert(status="Exercise", addresses="group:practice", infos=(info(area=()),))
    assert judged(case(drill)).audience == Audience(groups=("practice",))


def test_everyone_is_held_where_policy_does_not_allow_it(case: Any) -> None:
    found = judged(case(to(area(), addresses="everyone"), approver="key_second"))
    assert (found.reason, found.answerable) == ("everyone_not_allowed", False)


def test_everyone_is_doubted_where_policy_allows_it(case: Any) -> None:
    found = judged(case(to(addresses="everyone"), policy=EVERYONE))
    assert found.audience == Audience(everyone=True)
    assert doubts(found) == ["everyone"]


def test_an_audience_over_the_limit_is_doubted(case: Any) -> None:
    assert doubts(judged(case(reach=10_001))) == ["audience_over_limit"]


def test_an_audience_at_the_limit_is_not(case: Any) -> None:
    assert doubts(judged(case(reach=10_000))) == []


def test_an_immediate_alert_has_a_limit_of_its_own(case: Any) -> None:
    assert doubts(judged(case(reach=10_001, priority=Priority.IMMEDIATE))) == []


def test_an_immediate_alert_goes_where_nobody_could_count(case: Any) -> None:
    assert doubts(judged(case(reach=None, priority=Priority.IMMEDIATE))) == []


def test_any_other_alert_is_doubted_where_nobody_could_count(case: Any) -> None:
    assert doubts(judged(case(reach=None))) == ["reach_unknown"]


@pytest.mark.parametrize("over", ["Cancel", "Update"])
def test_an_end_goes_to_those_who_were_told(case: Any, earlier: Any, over: str) -> None:
    first = alert(identifier="first")
    infos = () if over == "Cancel" else (info(response_type=("AllClear",), area=()),)
    known = (earlier(first, audience=Audience(groups=("school",))),)
    end = place(case(follow_up(over, first, infos=infos), earlier=known, reach=None))
    assert judged(end).audience == Audience(groups=("school",))
    assert doubts(judged(end)) == []


def test_an_update_without_infos_goes_to_those_who_were_told(case: Any, earlier: Any) -> None:
    first = alert(identifier="first")
    update = place(case(follow_up("Update", first, infos=()), earlier=(earlier(first),)))
    assert judged(update).audience == Audience(by_area=True)
