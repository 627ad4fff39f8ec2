"""Rows become entries, and every bad cell is named by row, column and rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notification.people_csv import Bad, read_people, repeated
from notification.subscription import Entry, Place

CHANNELS = ("email", "push", "sms")
ANNA = {
    "person": "anna-1",
    "name": "Anna",
    "language": "id",
    "places": "-8.6021 115.2104; -8.55, 115.25",
    "groups": "Resident; cert",
    "severity": "Moderate",
    "sms": "+628111234567",
    "email": "",
    "push": "",
}


def bad_of(**cells: str) -> tuple[Bad, ...]:
    return read_people([{**ANNA, **cells}], 2, CHANNELS).bad


def test_a_row_says_all_about_a_person() -> None:
    read = read_people([ANNA], 2, CHANNELS)
    assert not read.bad
    assert read.entries == (
        (
            2,
            Entry(
                person="anna-1",
                language="id",
                least_severity=2,
                places=frozenset({Place(-8.6021, 115.2104), Place(-8.55, 115.25)}),
                groups=frozenset({"resident", "cert"}),
                addresses={"email": (), "push": (), "sms": ("+628111234567",)},
            ),
        ),
    )


def test_an_absent_column_says_nothing() -> None:
    ((_, entry),) = read_people([{"person": "anna-1"}], 2, CHANNELS).entries
    assert entry == Entry("anna-1")


def test_an_empty_cell_says_none_and_the_default() -> None:
    row = dict.fromkeys(ANNA, "") | {"person": "anna-1"}
    ((_, entry),) = read_people([row], 2, CHANNELS).entries
    assert entry.language == "en-US"
    assert (entry.places, entry.groups, entry.least_severity) == (frozenset(), frozenset(), 0)
    assert entry.addresses == {"email": (), "push": (), "sms": ()}


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("person", "", "person-id"),
        ("person", "anna@example.org", "person-id"),
        ("person", "628111234567", "person-id"),
        ("language", "Bahasa Indonesia", "language"),
        ("places", "115.21 -8.60 3", "place"),
        ("places", "here", "place"),
        ("places", "115.2104 -8.6021", "place-range"),
        ("groups", "the village", "group"),
        ("groups", "everyone", "group"),
        ("severity", "Bad", "severity"),
        ("sms", "0811", "e164"),
        ("email", "anna", "email"),
        ("push", "sandbox", "push"),
        ("remove", "perhaps", "remove"),
        ("emial", "", "unknown-column"),
    ],
)
def test_a_bad_cell_is_named_by_row_column_and_rule(column: str, cell: str, rule: str) -> None:
    (bad,) = bad_of(**{column: cell})
    assert (bad.row, bad.column, bad.rule) == (2, column, rule)
    assert bad.sentence


def test_every_bad_cell_of_a_row_is_named_and_good_rows_still_count() -> None:
    rows = [ANNA, {**ANNA, "sms": "x", "email": "y"}, {**ANNA, "person": "budi"}]
    read = read_people(rows, 7, CHANNELS)
    assert [row for row, _ in read.entries] == [7, 9]
    assert [(each.row, each.column) for each in read.bad] == [(8, "sms"), (8, "email")]


def test_a_person_in_two_rows_is_named_with_the_first_row() -> None:
    rows = [ANNA, {**ANNA, "person": "budi"}, ANNA]
    (twice,) = repeated(read_people(rows, 2, CHANNELS).entries)
    assert (twice.row, twice.rule) == (4, "repeated")
    assert "row 2" in twice.sentence


@given(st.dictionaries(st.sampled_from((*ANNA, "remove", "other")), st.text(max_size=40)))
def test_no_row_breaks_the_reading(row: dict[str, str]) -> None:
    read = read_people([row], 2, CHANNELS)
    assert bool(read.entries) is not bool(read.bad)
