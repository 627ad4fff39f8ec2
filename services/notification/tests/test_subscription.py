"""A file changes a person as far as it speaks about them; what ended for good stays ended."""

from dataclasses import replace

import pytest

from common.cap.codes import Severity, Urgency
from notification.subscription import (
    ALWAYS,
    Address,
    Ended,
    Entry,
    Person,
    Place,
    demand,
    entered,
    stay_ended,
)

PHONE = Address("sms", "+6281100")
MAIL = Address("email", "anna@example.org")
ANNA = Person(
    "anna",
    "id",
    2,
    frozenset({Place(-8.6, 115.2)}),
    frozenset({"resident"}),
    frozenset({PHONE, MAIL}),
)


def test_a_stranger_is_added_with_what_the_file_says_and_defaults_for_the_rest() -> None:
    entry = Entry("budi", addresses={"sms": ("+6281100",)})
    assert entered(None, entry) == Person("budi", addresses=frozenset({PHONE}))


def test_a_column_that_is_not_there_changes_nothing() -> None:
    assert entered(ANNA, Entry("anna")) == ANNA


def test_an_empty_cell_takes_away() -> None:
    entry = Entry("anna", groups=frozenset(), places=frozenset(), addresses={"sms": ()})
    changed = entered(ANNA, entry)
    assert changed is not None
    assert (changed.groups, changed.places) == (frozenset(), frozenset())
    assert changed.addresses == {MAIL}
    assert changed.ended == {PHONE: Ended.LEFT_OUT}


def test_an_address_left_out_and_named_again_goes_on() -> None:
    without = entered(ANNA, Entry("anna", addresses={"sms": ()}))
    assert entered(without, Entry("anna", addresses={"sms": (PHONE.text,)})) == ANNA


def test_an_address_that_its_owner_ended_stays_ended_whatever_a_file_says() -> None:
    ended = replace(ANNA, addresses=frozenset({PHONE}), ended={MAIL: "unsubscribed"})
    entry = Entry("anna", addresses={"email": (MAIL.text,)})
    assert entered(ended, entry) == ended
    assert stay_ended(ended, entry) == 1


def test_nothing_but_the_id_is_kept_of_a_person_removed() -> None:
    assert entered(ANNA, Entry("anna", remove=True)) == Person("anna", removed=True)


def test_removing_a_stranger_removes_nobody() -> None:
    assert entered(None, Entry("nobody", remove=True)) is None


def test_a_person_removed_may_come_back() -> None:
    back = entered(Person("anna", removed=True), Entry("anna", language="id"))
    assert back == Person("anna", "id")


@pytest.mark.parametrize(
    ("severity", "urgency"),
    [
        (Severity.EXTREME, Urgency.FUTURE),
        (Severity.SEVERE, Urgency.IMMEDIATE),
        (Severity.UNKNOWN, Urgency.PAST),
    ],
)
def test_what_is_worst_or_unrated_reaches_all(severity: Severity, urgency: Urgency) -> None:
    assert demand(severity, urgency) == ALWAYS


def test_what_is_mild_ranks_below_what_is_bad() -> None:
    ranks = [
        demand(severity, Urgency.EXPECTED)
        for severity in (Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)
    ]
    assert ranks == sorted(set(ranks))
