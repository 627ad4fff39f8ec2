"""Nobody is left out where channels are tried in turn: each person is told somewhere first."""

from collections.abc import Iterator

import numpy as np
import pytest

from notification.audience import Group, Variant, recipient_id
from notification.cascade import Cascade, Role, Step
from notification.columns import Changes, Columns, PersonRow, SubscriptionRow
from notification.reserve import divided

CASCADE = Cascade((Step("push", 60), Step("email", 600), Step("sms", 60)))
VARIANT = Variant("en-US", (0,))
HAVE = {
    "anna": {"push": "device-a", "email": "a@desa.example", "sms": "+6281100001"},
    "budi": {"email": "b@desa.example", "sms": "+6281100002"},
    "citra": {"sms": "+6281100003"},
    "dewi": {"webhook": "https://d.example", "sms": "+6281100004"},
}


def columns(have: dict[str, dict[str, str]]) -> Columns:
    rows = [(person, *each) for person, known in have.items() for each in known.items()]
    return Columns().changed(
        Changes(
            0,
            [PersonRow(person, "en-US", 0) for person in have],
            subscriptions=[SubscriptionRow(number, *row) for number, row in enumerate(rows)],
        )
    )


def groups(known: Columns) -> Iterator[Group]:
    """Everybody by channel, in alphabetical order."""
    for channel in sorted(known.channels.words):
        on_it = known.subscriptions.channel == known.channels.numbers()[channel]
        yield Group(channel, VARIANT, np.flatnonzero(on_it), known)


def roles(have: dict[str, dict[str, str]]) -> dict[tuple[str, str], Role]:
    return {
        (person, group.channel): role
        for group, role in divided(groups(columns(have)), CASCADE)
        for _, person, _ in group.recipients
    }


def test_each_person_is_told_first_on_the_first_channel_that_they_have() -> None:
    assert roles(HAVE) == {
        ("anna", "push"): Role.FIRST,
        ("anna", "email"): Role.RESERVE,
        ("anna", "sms"): Role.RESERVE,
        ("budi", "email"): Role.FIRST,
        ("budi", "sms"): Role.RESERVE,
        ("citra", "sms"): Role.ALONE,
        ("dewi", "webhook"): Role.FIRST,
        ("dewi", "sms"): Role.RESERVE,
    }


def test_two_addresses_of_one_channel_are_one_step() -> None:
    known = Columns().changed(
        Changes(
            0,
            [PersonRow("anna", "en-US", 0)],
            subscriptions=[
                SubscriptionRow(number, "anna", channel, f"address-{number}")
                for number, channel in enumerate(("email", "email", "sms"))
            ],
        )
    )
    parts = {role: len(group) for group, role in divided(groups(known), CASCADE)}
    assert parts == {Role.FIRST: 2, Role.RESERVE: 1}


@pytest.mark.parametrize("names", [("anna", "budi"), ("budi", "anna")])
def test_an_address_that_people_share_is_told_at_once(names: tuple[str, str]) -> None:
    """Else who has nothing but that address would wait for a channel that is not theirs."""
    shared = "house@desa.example"
    have = {"anna": {"push": "device-a", "email": shared}, "budi": {"email": shared}}
    told = roles({name: have[name] for name in names})
    assert Role.RESERVE not in told.values()
    assert {channel for _, channel in told} == {"push", "email"}


def test_nobody_and_nothing_is_lost_in_dividing() -> None:
    known = columns(HAVE)
    parts = [group for group, _ in divided(groups(known), CASCADE)]
    names = [name for group in parts for name, _, _ in group.recipients]
    assert sorted(names) == [recipient_id(number) for number in range(8)]
    assert list(divided([], CASCADE)) == []
