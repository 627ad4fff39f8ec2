"""An entry's bytes stand for all of it, and for nothing else."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.entry import Entry, instant, microseconds
from audit.merkle import leaf_hash
from testkit.contracts.ledger import Facts


def test_a_leaf_is_the_hash_of_the_canonical_bytes(fact: Facts) -> None:
    entry: Entry = fact("event", "rising", 1)
    assert entry.leaf() == leaf_hash(entry.canonical())
    assert entry.canonical().startswith(b"\x00" * 7 + b"\x12kentongan.entry.v1")


@pytest.mark.parametrize("field", [each.name for each in fields(Entry)])
def test_no_field_can_change_without_the_bytes(fact: Facts, field: str) -> None:
    entry: Entry = fact("event", "rising", 1)
    other: Any = not entry.conflict if field == "conflict" else "99"
    assert replace(entry, **{field: other}).canonical() != entry.canonical()


@given(st.text(), st.text(), st.text(), st.text())
def test_text_that_moves_from_one_field_to_the_next_is_seen(a: str, b: str, c: str, d: str) -> None:
    entry = Entry("id", a, b, "", 0, "", "", "", 0, 0, "{}")
    other = replace(entry, type=c, subject=d)
    assert (entry.canonical() == other.canonical()) == ((a, b) == (c, d))


def test_a_contradiction_has_a_key_of_its_own(fact: Facts) -> None:
    first, second = fact("event", "rising", 1), fact("event", "falling", 2)
    assert first.key == "event"
    contradiction = replace(second, conflict=True)
    assert contradiction.key.startswith("event~")
    assert contradiction.key != replace(first, conflict=True).key


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_kept_to_the_microsecond(time: datetime) -> None:
    assert instant(microseconds(time)) == time
