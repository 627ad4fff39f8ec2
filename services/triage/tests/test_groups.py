"""An alert names groups in its addresses and in a parameter of its infos."""

import pytest

from common.cap import Area
from testkit.builders import alert, area, info
from triage.groups import groups_of_places, is_usable, named_groups
from triage.policy import PlaceGroup


@pytest.mark.parametrize(
    ("addresses", "groups"),
    [
        (None, ()),
        ("group:school", ("school",)),
        ("group:school GROUP:Police group:school", ("police", "school")),
        ('"group:school" somebody@elsewhere.example', ("school",)),
        ("everyone", ("everyone",)),
        ("group:everyone", ("everyone",)),
        ("school", ()),
        ("group:", ()),
    ],
)
def test_addresses_name_groups(addresses: str | None, groups: tuple[str, ...]) -> None:
    assert named_groups(alert(addresses=addresses)) == groups


def test_a_parameter_names_a_group() -> None:
    named = info(parameter=({"value_name": "kentongan:group", "value": " volunteer "},))
    other = info(parameter=({"value_name": "layer:group", "value": "fire"},))
    assert named_groups(alert(infos=(named, other))) == ("volunteer",)


@pytest.mark.parametrize(
    ("place", "usable"),
    [
        (area(), True),
        (area(polygon=(), circle=("-8.75,115.17 0.5",)), True),
        (area(polygon=(), circle=("-8.75,115.17 0",)), False),
        (area(polygon=(), circle=("-8.75,115.17 0.0", "-8.75,115.17 1")), True),
        (area(polygon=()), False),
    ],
)
def test_an_area_is_usable_that_is_more_than_a_point(place: Area, *, usable: bool) -> None:
    assert is_usable(place) is usable


def test_a_geocode_stands_for_the_groups_that_policy_names() -> None:
    harbor = PlaceGroup(value_name="SAME", value="17", groups=("harbor", "fleet"))
    hill = PlaceGroup(value_name="SAME", value="18", groups=("hill",))
    place = area(geocode=({"value_name": "SAME", "value": "17"},))
    assert groups_of_places((place,), (harbor, hill)) == {"harbor", "fleet"}
