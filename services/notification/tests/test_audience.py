"""Who is reached, and in which words, is what looking at one person after the other says too."""

from collections import defaultdict
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from common.cap import Alert, Info, Scope, Status, area_geometry
from common.events.triage import Audience as Wanted
from notification.audience import Audience, Selection, recipient_id, recipient_number
from notification.columns import (
    Changes,
    Columns,
    MembershipRow,
    PersonRow,
    PlaceRow,
    SubscriptionRow,
)
from notification.subscription import demand
from notification.wording import own_words
from testkit.builders import alert, area, info

BY_AREA = Wanted(by_area=True)
CHANNELS = ("email", "push", "sms")
SQUARES = tuple(
    f"{south},{west} {south},{west + 2} {south + 2},{west + 2} {south + 2},{west} {south},{west}"
    for south in (-2, 0, 1)
    for west in (-2, 0, 1)
)
FIJI = "-16,177 -16,-178 -19,-178 -19,177 -16,177"
Someone = dict[str, Any]
Told = dict[tuple[str, tuple[int, ...]], list[str]]


def someone(**changes: Any) -> Someone:
    known = {"language": "en-US", "least": 0, "places": [(1.5, 1.5)], "groups": ()}
    return {**known, "addresses": None, **changes}


def village(*people: Someone, practice: frozenset[str] = frozenset()) -> Audience:
    """Make a directory; who has no address is given a number of their own."""
    subscriptions = [
        SubscriptionRow(1_000 - 10 * at - number, f"p{at}", *address)
        for at, each in enumerate(people)
        for number, address in enumerate(each["addresses"] or [("sms", f"+{at}")])
    ]
    changes = Changes(
        version=1,
        people=[
            PersonRow(f"p{at}", each["language"], each["least"]) for at, each in enumerate(people)
        ],
        places=[
            PlaceRow(f"p{at}", *one) for at, each in enumerate(people) for one in each["places"]
        ],
        memberships=[
            MembershipRow(f"p{at}", group)
            for at, each in enumerate(people)
            for group in each["groups"]
        ],
        subscriptions=subscriptions,
        practice_groups=practice,
    )
    return Audience(Columns().changed(changes))


def told(selection: Selection) -> Told:
    return {
        (group.channel, group.variant.info_indexes): [person for _, person, _ in group.recipients]
        for group in selection.groups()
    }


def square(number: int, **changes: Any) -> Info:
    return info(area=(area(polygon=(SQUARES[number],)),), **changes)


def one_by_one(
    people: list[Someone], of: Alert, wanted: Wanted
) -> dict[tuple[str, tuple[int, ...]], set[str]]:
    """Look at one person after the other."""
    found = defaultdict(set)
    for at, each in enumerate(people):
        named = wanted.everyone or bool(set(wanted.groups) & set(each["groups"]))
        indexes = [
            index
            for index, one in enumerate(of.infos)
            if (named or (wanted.by_area and of.scope is Scope.PUBLIC and inside(each, one)))
            and each["least"] <= demand(one.severity, one.urgency)
        ]
        if indexes:
            words = own_words(of.infos, indexes, each["language"])
            for channel, _ in each["addresses"]:
                found[channel, words].add(f"p{at}")
    return dict(found)


def inside(each: Someone, one: Info) -> bool:
    shapes = [area_geometry(place) for place in one.area]
    return any(
        shape is not None and shape.intersects(shapely.Point(longitude, latitude))
        for shape in shapes
        for latitude, longitude in each["places"]
    )


people = st.builds(
    someone,
    language=st.sampled_from(("en-US", "en-GB", "id", "jv")),
    least=st.integers(0, 4),
    places=st.lists(st.tuples(st.floats(-3, 4, width=32), st.floats(-3, 4, width=32)), max_size=3),
    groups=st.sets(st.sampled_from(("fire", "school"))),
)
infos = st.builds(
    square,
    st.integers(0, len(SQUARES) - 1),
    language=st.sampled_from(("en-US", "id-ID")),
    severity=st.sampled_from(("Extreme", "Severe", "Moderate", "Minor", "Unknown")),
    urgency=st.sampled_from(("Immediate", "Expected")),
)
audiences = st.builds(
    Wanted,
    by_area=st.booleans(),
    groups=st.sets(st.sampled_from(("fire", "unheard-of"))).map(tuple),
    everyone=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(people, max_size=12), st.lists(infos, min_size=1, max_size=5), audiences)
def test_a_selection_is_what_looking_at_each_person_gives(
    everybody: list[Someone], said: list[Info], wanted: Wanted
) -> None:
    for at, each in enumerate(everybody):
        each["addresses"] = [("sms", f"+{at}"), ("email", f"{at}@example.org")][: 1 + at % 2]
    of = alert(infos=tuple(said))
    found = village(*everybody).select(of, wanted, CHANNELS)
    expected = one_by_one(everybody, of, wanted)
    assert {words: set(names) for words, names in told(found).items()} == expected
    assert found.people == len(set().union(*expected.values()))


def test_whoever_is_on_the_border_is_inside() -> None:
    found = village(someone(places=[(0.0, 0.0)])).select(
        alert(infos=(square(4),)), BY_AREA, CHANNELS
    )
    assert found.people == 1


def test_an_area_across_the_antimeridian_reaches_both_sides_and_nobody_around_the_world() -> None:
    suva, vanua_levu, lima = (-18.14, 178.44), (-16.5, -179.9), (-17.0, -77.0)
    audience = village(*(someone(places=[place]) for place in (suva, vanua_levu, lima)))
    fiji = alert(infos=(info(area=(area(polygon=(FIJI,)),)),))
    assert sorted(told(audience.select(fiji, BY_AREA, CHANNELS))["sms", (0,)]) == ["p0", "p1"]


def test_a_person_gets_their_own_language_where_there_is_one_and_english_otherwise() -> None:
    said = (square(4, language="en-US"), square(4, language="id-ID"))
    audience = village(*(someone(language=each) for each in ("id", "en-GB", "jv")))
    found = audience.select(alert(infos=said), BY_AREA, CHANNELS)
    by_language = {
        group.variant.language: sorted(person for _, person, _ in group.recipients)
        for group in found.groups()
    }
    assert by_language == {"id-ID": ["p0"], "en-US": ["p1", "p2"]}


def test_nobody_gets_the_info_of_another_area_even_if_it_alone_is_in_their_language() -> None:
    said = (square(4, language="en-US"), square(0, language="id-ID"))
    found = village(someone(language="id")).select(alert(infos=said), BY_AREA, CHANNELS)
    assert told(found) == {("sms", (0,)): ["p0"]}


@pytest.mark.parametrize("scope", ["Restricted", "Private"])
def test_what_is_not_public_reaches_nobody_by_area(scope: str) -> None:
    of = alert(scope=scope, infos=(square(4),), addresses="group:fire", restriction="internal")
    audience = village(someone(), someone(groups=("fire",)))
    wanted = Wanted(by_area=True, groups=("fire",))
    assert told(audience.select(of, wanted, CHANNELS)) == {("sms", (0,)): ["p1"]}


def test_an_alert_without_geometry_and_without_a_named_audience_reaches_nobody() -> None:
    nowhere = info(area=(area(polygon=(), circle=("0,0 0",), geocode=()),))
    assert village(someone()).select(alert(infos=(nowhere,)), BY_AREA, CHANNELS).people == 0
    assert village(someone()).select(alert(), Wanted(), CHANNELS).people == 0


def test_a_practice_group_is_reached_by_an_exercise_and_by_nothing_actual() -> None:
    audience = village(someone(groups=("practice",), places=[]), practice=frozenset({"practice"}))
    wanted = Wanted(groups=("practice",))
    drill = alert(status=Status.EXERCISE, infos=(square(4),))
    assert audience.select(drill, wanted, CHANNELS).people == 1
    assert audience.select(alert(infos=(square(4),)), wanted, CHANNELS).people == 0


def test_somebody_who_wants_only_the_worst_still_hears_of_a_severe_danger_that_is_here() -> None:
    audience = village(someone(least=4))
    said = {
        ("Severe", "Immediate"): 1,
        ("Extreme", "Future"): 1,
        ("Unknown", "Unknown"): 1,
        ("Severe", "Expected"): 0,
        ("Minor", "Immediate"): 0,
    }
    for (severity, urgency), count in said.items():
        of = alert(infos=(square(4, severity=severity, urgency=urgency),))
        assert audience.select(of, BY_AREA, CHANNELS).people == count, (severity, urgency)


def test_a_telephone_that_a_family_shares_rings_once_per_text() -> None:
    family = [someone(language=each, addresses=[("sms", "+1")]) for each in ("id", "id", "en-US")]
    said = (square(4, language="en-US"), square(4, language="id-ID"))
    found = village(*family).select(alert(infos=said), BY_AREA, CHANNELS)
    assert found.sums() == {"sms": 2}


def test_a_channel_that_the_alert_does_not_name_is_left_out() -> None:
    both = someone(addresses=[("sms", "+1"), ("email", "a@example.org")])
    found = village(both).select(alert(infos=(square(4),)), BY_AREA, ("email",))
    assert found.sums() == {"email": 1}


def test_recipients_come_in_order_of_their_ids() -> None:
    audience = village(*(someone() for _ in range(9)))
    (group,) = audience.select(alert(infos=(square(4),)), BY_AREA, CHANNELS).groups()
    ids = [name for name, _, _ in group.recipients]
    assert ids == sorted(ids)
    assert len(ids) == len(group) == 9


def test_nobody_is_in_an_empty_directory() -> None:
    assert Audience(Columns()).select(alert(), Wanted(everyone=True), CHANNELS).people == 0


@given(st.integers(0, 2**63 - 1))
def test_a_recipient_is_found_again_by_name(number: int) -> None:
    assert recipient_number(recipient_id(number)) == number


@pytest.mark.parametrize("name", ["", "r1", "sms-1", "r" + "f" * 16, "R" + "0" * 16])
def test_the_name_of_nobody_is_nobodys_number(name: str) -> None:
    assert recipient_number(name) == -1
