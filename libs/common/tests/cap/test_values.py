from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydantic import TypeAdapter, ValidationError

from common.cap.values import (
    Language,
    Number,
    Text,
    Time,
    WholeNumber,
    as_utc,
    format_time,
    parse_time,
)
from testkit.cap_values import VALUES

DATE_TIME = (
    '<simpleType><restriction base="dateTime">'
    r'<pattern value="\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[-,+]\d\d:\d\d"/></restriction></simpleType>'
)
KINDS = {
    "time": (Time, DATE_TIME),
    "language": (Language, '<simpleType><restriction base="language"/></simpleType>'),
    "number": (Number, '<simpleType><restriction base="decimal"/></simpleType>'),
    "whole number": (WholeNumber, '<simpleType><restriction base="integer"/></simpleType>'),
}


def is_one(kind: Any, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", KINDS)
def test_what_the_schema_refuses_as_a_value_is_refused(name: str) -> None:
    kind, inside = KINDS[name]
    schema = etree.XMLSchema(
        etree.fromstring(
            '<schema xmlns="http://www.w3.org/2001/XMLSchema">'
            f'<element name="a">{inside}</element></schema>'
        )
    )
    texts = [text for values in VALUES.values() for text in values]
    element = etree.Element("a")
    for text in texts:
        element.text = text
        assert schema.validate(element) or not is_one(kind, text), text


@pytest.mark.parametrize(
    "text",
    ["2026-03-11T06:02:00", "2026-03-11T06:02:00Z", "2026-03-11", "2026-02-30T00:00:00+00:00"],
)
def test_a_time_without_offset_or_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|no such day"):
        parse_time(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_no_calendar_can_turn_into_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="between 1970 and 9998"):
        parse_time(text)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 -- the offset comes after
    st.integers(-14 * 60, 14 * 60),
)
def test_a_time_is_read_as_it_was_written(naive: datetime, offset_minutes: int) -> None:
    offset = timezone(timedelta(minutes=offset_minutes))
    time = naive.replace(microsecond=0, tzinfo=offset)
    assert parse_time(format_time(time)) == time


def test_midnight_belongs_to_the_day_that_begins() -> None:
    with pytest.raises(ValueError, match="hour 00 of the next day"):
        parse_time("2026-03-11T24:00:00+08:00")


def test_an_offset_that_says_nothing_about_the_place_is_kept() -> None:
    assert format_time(parse_time("2026-03-11T06:02:00-00:00")).endswith("-00:00")
    assert format_time(parse_time("2026-03-11T06:02:00+00:00")).endswith("+00:00")


def test_fractions_of_a_second_are_cut_and_naive_times_refused() -> None:
    time = datetime(2026, 3, 11, 6, 2, 0, 999, tzinfo=UTC)
    assert TypeAdapter(Time).validate_python(time).microsecond == 0
    assert not is_one(Time, time.replace(tzinfo=None))


def test_an_instant_is_written_in_utc_whatever_its_offset() -> None:
    assert as_utc(parse_time("2026-03-11T06:02:00+08:00")) == "2026-03-10T22:02:00+00:00"


def test_numbers_come_as_text_or_as_numbers_but_not_as_truths() -> None:
    assert TypeAdapter(Number).validate_python(1.5) == Decimal("1.5")
    assert TypeAdapter(WholeNumber).validate_python(" +7 ") == 7
    assert not is_one(WholeNumber, value=True)
    assert not is_one(Number, float("nan"))
    assert not is_one(Number, "1" * 25)


def test_a_text_holds_only_what_xml_can_hold() -> None:
    assert is_one(Text, "Gelombang 🌊\n\t")
    assert not is_one(Text, "a\x00b")
    assert not is_one(Text, "a\x0bb")
    assert not is_one(Text, "a\ufffe")
