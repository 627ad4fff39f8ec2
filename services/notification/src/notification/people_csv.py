"""People as a spreadsheet has them: each row read into an entry, each bad cell named.

Columns: `person` (an id that is nobody's number or address), `name` (for whoever keeps the file; it
is not kept here), `language`, `places` (`lat lon; lat lon`), `groups` (`resident; volunteer`),
`severity` (the least one they want to hear of), a column for each channel with its addresses, and
`remove` (`yes` removes the person). An absent column says nothing, an empty cell says none.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from common.cap.codes import Severity
from notification.addresses import SEPARATOR, NotAnAddress, addresses
from notification.subscription import DEFAULT_LANGUAGE, EVERYTHING, RANKS, Entry, Place

COLUMNS: Final = ("person", "name", "language", "places", "groups", "severity", "remove")
PERSON: Final = re.compile(r"(?!\d{7,}$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
GROUP: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
PLACE: Final = re.compile(r"(-?\d{1,3}(?:\.\d+)?)(?:\s*,\s*|\s+)(-?\d{1,3}(?:\.\d+)?)")
MOST_LATITUDE: Final = 90
MOST_LONGITUDE: Final = 180
YES: Final = frozenset({"yes", "ya", "true", "1"})
NO: Final = frozenset({"", "no", "tidak", "false", "0"})
SEVERITIES: Final = {"": EVERYTHING} | {code.lower(): rank for code, rank in RANKS.items()}


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that breaks a rule; rows count from 1, which is the row of the headings."""

    row: int
    column: str
    rule: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Read:
    """What rows say: the entries of the good ones with their numbers, and what is bad."""

    entries: tuple[tuple[int, Entry], ...]
    bad: tuple[Bad, ...]


class _Broken(ValueError):  # noqa: N818 - what the cell is
    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


def read_people(
    rows: Iterable[Mapping[str, str]], first_row: int, channels: Collection[str]
) -> Read:
    """Read rows of a file; `first_row` is the number of the first of them in it."""
    entries: list[tuple[int, Entry]] = []
    bad: list[Bad] = []
    for number, row in enumerate(rows, first_row):
        values, wrong = _cells(row, channels)
        bad += [Bad(number, column, each.rule, str(each)) for column, each in wrong]
        if not wrong:
            entries.append((number, _entry(values, channels)))
    return Read(tuple(entries), tuple(bad))


def repeated(entries: Sequence[tuple[int, Entry]]) -> tuple[Bad, ...]:
    """Name the rows whose person stood in an earlier row."""
    first: dict[str, int] = {}
    return tuple(
        Bad(row, "person", "repeated", f"{entry.person} stands in row {first[entry.person]} too")
        for row, entry in entries
        if first.setdefault(entry.person, row) != row
    )


def _cells(
    row: Mapping[str, str], channels: Collection[str]
) -> tuple[dict[str, Any], list[tuple[str, _Broken | NotAnAddress]]]:
    """Read each cell by the rule of its column."""
    values: dict[str, Any] = {}
    wrong: list[tuple[str, _Broken | NotAnAddress]] = []
    for column, cell in {"person": "", **row}.items():
        try:
            values[column] = _cell(column, cell.strip(), channels)
        except (_Broken, NotAnAddress) as broken:
            wrong.append((column, broken))
    return values, wrong


def _cell(column: str, cell: str, channels: Collection[str]) -> Any:
    """Read one cell."""
    if column in channels:
        return addresses(column, cell)
    if column not in COLUMNS:
        known = ", ".join((*COLUMNS, *channels))
        raise _Broken("unknown-column", f"no such column; there are {known}")
    return _RULES[column](cell)


def _entry(values: Mapping[str, Any], channels: Collection[str]) -> Entry:
    """Make an entry of cells that were read."""
    return Entry(
        person=values["person"],
        language=values.get("language"),
        least_severity=values.get("severity"),
        places=values.get("places"),
        groups=values.get("groups"),
        addresses={name: values[name] for name in channels if name in values},
        remove=values.get("remove", False),
    )


def _person(cell: str) -> str:
    if not PERSON.fullmatch(cell):
        raise _Broken(
            "person-id",
            "a person's id has up to 64 letters, digits, dots, dashes and underscores, and is no "
            "telephone number",
        )
    return cell


def _language(cell: str) -> str:
    if cell and not LANGUAGE.fullmatch(cell):
        raise _Broken("language", "a language is written like en-US or id")
    return cell or DEFAULT_LANGUAGE


def _places(cell: str) -> frozenset[Place]:
    return frozenset(_place(part) for part in _parts(cell))


def _place(text: str) -> Place:
    """Read latitude and longitude, in this order, in degrees."""
    match = PLACE.fullmatch(text)
    if match is None:
        raise _Broken("place", "a place is latitude and longitude in degrees: -8.6021 115.2104")
    latitude, longitude = float(match[1]), float(match[2])
    if abs(latitude) > MOST_LATITUDE or abs(longitude) > MOST_LONGITUDE:
        raise _Broken(
            "place-range", "latitude is from -90 to 90 and comes first, longitude -180 to 180"
        )
    return Place(latitude, longitude)


def _groups(cell: str) -> frozenset[str]:
    groups = frozenset(part.lower() for part in _parts(cell))
    for group in groups:
        if not GROUP.fullmatch(group) or group == "everyone":
            raise _Broken("group", "a group has letters, digits, - and _, and is not `everyone`")
    return groups


def _severity(cell: str) -> int:
    if cell.lower() not in SEVERITIES:
        known = ", ".join(code for code in Severity if code in RANKS)
        raise _Broken("severity", f"the least severity is one of {known}, or empty for all")
    return SEVERITIES[cell.lower()]


def _remove(cell: str) -> bool:
    if cell.lower() not in YES | NO:
        raise _Broken("remove", "remove is yes, or empty")
    return cell.lower() in YES


def _parts(cell: str) -> Iterator[str]:
    return (part.strip() for part in cell.split(SEPARATOR) if part.strip())


_RULES: Final[Mapping[str, Callable[[str], Any]]] = {
    "person": _person,
    "name": str,
    "language": _language,
    "places": _places,
    "groups": _groups,
    "severity": _severity,
    "remove": _remove,
}
