"""The kinds of text that CAP elements hold: plain text, times, numbers, languages, addresses."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from common.cap.rules import Rule
from common.cap.uri import URI

BLANK = " \t\r\n"
UNSTATED_OFFSET = timezone(timedelta(0), "-00:00")

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-4]):[0-5]\d:[0-5]\d)([-+](?:0\d:[0-5]\d|1[0-3]:[0-5]\d|14:00))",
    re.ASCII,
)
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_MOST_DIGITS = 24
_FIRST_YEAR = 1970
_LAST_YEAR = 9998


def parse_time(text: str) -> datetime:
    """Read a CAP time, whose offset is never left out; `-00:00` is kept apart from `+00:00`."""
    match = _TIME.fullmatch(text.strip(BLANK))
    if match is None:
        raise PydanticCustomError(
            Rule.TIME, "a time is written like 2026-08-08T05:39:39+07:00, offset included, no Z"
        )
    if "T24:" in match[0]:
        raise PydanticCustomError(Rule.TIME_RANGE, "midnight is hour 00 of the next day")
    try:
        time = datetime.fromisoformat(match[0])
    except ValueError as error:
        raise PydanticCustomError(Rule.TIME, "there is no such day") from error
    _look_at_year(time)
    return time.replace(tzinfo=UNSTATED_OFFSET) if match[2] == "-00:00" else time


def format_time(time: datetime) -> str:
    """Write a time as CAP wants it; an offset that was read as `-00:00` stays so."""
    text = time.isoformat(timespec="seconds")
    return text[:-6] + "-00:00" if time.tzinfo is UNSTATED_OFFSET else text


def _time(value: object) -> datetime:
    time = parse_time(value) if isinstance(value, str) else value
    if not isinstance(time, datetime) or time.utcoffset() is None:
        raise PydanticCustomError(Rule.TIME, "a time needs its offset from UTC")
    _look_at_year(time)
    return time.replace(microsecond=0)


def _look_at_year(time: datetime) -> None:
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise PydanticCustomError(Rule.TIME_RANGE, "a year lies between 1970 and 9998")


def _language(value: str) -> str:
    language = value.strip(BLANK)
    if not _LANGUAGE.fullmatch(language):
        raise PydanticCustomError(Rule.LANGUAGE, "a language is written like id-ID")
    return language


def _uri(value: str) -> str:
    uri = value.strip(BLANK)
    if not URI.fullmatch(uri):
        raise PydanticCustomError(Rule.URI, "this is not an address as RFC 3986 writes them")
    return uri


def _whole_number(value: object) -> object:
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip(BLANK)):
        return int(_short(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return int(_short(str(value)))
    raise PydanticCustomError(Rule.NUMBER, "a whole number is wanted")


def _number(value: object) -> object:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        value = f"{Decimal(str(value)):f}"
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip(BLANK)):
        return Decimal(_short(value))
    raise PydanticCustomError(Rule.NUMBER, "a decimal number without exponent is wanted")


def _short(number: str) -> str:
    if len(number.strip(BLANK)) > _MOST_DIGITS:
        raise PydanticCustomError(Rule.NUMBER_LENGTH, "a number has at most 24 characters")
    return number.strip(BLANK)


_XML_CHARACTERS = r"^[\t\n\r\x{20}-\x{D7FF}\x{E000}-\x{FFFD}\x{10000}-\x{10FFFF}]*$"

Text = Annotated[str, StringConstraints(pattern=_XML_CHARACTERS)]
Time = Annotated[datetime, BeforeValidator(_time), PlainSerializer(format_time, when_used="json")]
Language = Annotated[Text, AfterValidator(_language)]
Uri = Annotated[Text, AfterValidator(_uri)]
WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
Number = Annotated[Decimal, BeforeValidator(_number)]


def as_utc(time: datetime) -> str:
    """Write an instant in UTC, the same for every offset it may have been written with."""
    return time.astimezone(UTC).isoformat(timespec="seconds")
