"""The columns in memory after changes are those of a directory read afresh."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from notification.columns import (
    Changes,
    Columns,
    MembershipRow,
    PersonRow,
    PlaceRow,
    SubscriptionRow,
)

NAMES = ("anna", "budi", "citra", "dewi")


@st.composite
def persons(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "language": draw(st.sampled_from(("en-US", "id", "jv"))),
        "least": draw(st.integers(0, 4)),
        "places": draw(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=3)),
        "groups": draw(st.sets(st.sampled_from(("fire", "school")))),
        "addresses": draw(
            st.sets(st.tuples(st.sampled_from(("sms", "email")), st.sampled_from("abc")))
        ),
    }


def number(person: str, channel: str, address: str) -> int:
    """Give each subscription the same number each time, in no order."""
    return int.from_bytes(f"{address}{channel[:1]}{person[:1]}".encode()) * 7919 % 10_007


def changes(version: int, state: dict[str, dict[str, Any]]) -> Changes:
    return Changes(
        version=version,
        people=[PersonRow(name, each["language"], each["least"]) for name, each in state.items()],
        places=[PlaceRow(name, *place) for name, each in state.items() for place in each["places"]],
        memberships=[
            MembershipRow(name, group) for name, each in state.items() for group in each["groups"]
        ],
        subscriptions=[
            SubscriptionRow(number(name, *address), name, *address)
            for name, each in state.items()
            for address in each["addresses"]
        ],
    )


def told(columns: Columns) -> dict[str, Any]:
    """Return what columns hold, in words, without the numbers of the words."""
    names = columns.people.names
    places, members, going = columns.places, columns.memberships, columns.subscriptions
    return {
        "people": {
            name: (columns.languages.words[columns.people.language[at]], least)
            for at, (name, least) in enumerate(
                zip(names.tolist(), columns.people.least_severity.tolist(), strict=True)
            )
        },
        "places": sorted(zip(names[places.person], places.longitude, places.latitude, strict=True)),
        "groups": sorted(
            (names[person], columns.groups.words[group])
            for person, group in zip(members.person, members.group, strict=True)
        ),
        "subscriptions": [
            (recipient, names[person], columns.channels.words[channel], address, bool(shared))
            for recipient, person, channel, address, shared in zip(
                going.recipient,
                going.person,
                going.channel,
                going.address,
                going.shared,
                strict=True,
            )
        ],
    }


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), persons(), max_size=3), max_size=5))
def test_changes_one_after_the_other_make_what_reading_all_at_once_makes(
    steps: list[dict[str, dict[str, Any]]],
) -> None:
    columns, state = Columns(), dict[str, dict[str, Any]]()
    for version, step in enumerate(steps):
        state |= step
        columns = columns.changed(changes(version, step))
    assert told(columns) == told(Columns().changed(changes(len(steps), state)))


def test_places_lie_from_west_to_east_and_subscriptions_in_order_of_their_recipients() -> None:
    state = {name: {"language": "id", "least": 0, "groups": ()} for name in NAMES}
    for at, each in enumerate(state.values()):
        each["places"] = [(0, -at)]
        each["addresses"] = {("sms", str(at))}
    columns = Columns().changed(changes(1, state))
    assert np.all(np.diff(columns.places.longitude) > 0)
    assert np.all(np.diff(columns.subscriptions.recipient) > 0)


def test_an_address_that_two_people_have_on_one_channel_is_marked() -> None:
    rows = [
        SubscriptionRow(1, "anna", "sms", "x"),
        SubscriptionRow(2, "budi", "sms", "x"),
        SubscriptionRow(3, "budi", "email", "x"),
    ]
    people = [PersonRow("anna", "id", 0), PersonRow("budi", "id", 0)]
    columns = Columns().changed(Changes(1, people=people, subscriptions=rows))
    assert columns.subscriptions.shared.tolist() == [True, True, False]


def test_earlier_columns_stay_as_they_were() -> None:
    before = Columns().changed(Changes(1, people=[PersonRow("anna", "id", 0)]))
    before.changed(Changes(2, people=[PersonRow("anna", "en-US", 4), PersonRow("budi", "id", 0)]))
    assert told(before)["people"] == {"anna": ("id", 0)}
    assert before.people.index == {"anna": 0}
