"""A CSV file as a spreadsheet writes it: rows by heading, numbered as people see them."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

FIRST_ROW: Final = 2
Row = tuple[int, dict[str, str]]
Run = tuple[int, tuple[dict[str, str], ...]]


class Unreadable(Exception):  # noqa: N818 - a fact, told to a person
    """A file that is no table; the text says where it breaks."""


def read_rows(file: Path) -> list[Row]:
    """Return the rows that are not empty, each with its number; row 1 holds the headings."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = list(csv.reader(opened, strict=True))
    except OSError as failure:
        raise Unreadable(f"{file}: {failure.strerror}") from failure
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"{file}: this is not UTF-8: {wrong.reason}") from wrong
    except csv.Error as wrong:
        raise Unreadable(f"{file}: this is not CSV: {wrong}") from wrong
    if not lines:
        raise Unreadable(f"{file}: the file is empty")
    headings = _headings(file, lines[0])
    return [
        (number, _row(file, number, headings, cells))
        for number, cells in enumerate(lines[1:], FIRST_ROW)
        if any(cell.strip() for cell in cells)
    ]


def runs(rows: Sequence[Row], most: int) -> Iterator[Run]:
    """Cut rows into runs without a gap, each with the number of its first row."""
    run: list[dict[str, str]] = []
    first = 0
    for number, row in rows:
        if run and (number != first + len(run) or len(run) == most):
            yield first, tuple(run)
            run = []
        first = first if run else number
        run.append(row)
    if run:
        yield first, tuple(run)


def _headings(file: Path, cells: Sequence[str]) -> list[str]:
    """Read the headings, in small letters."""
    headings = [cell.strip().lower() for cell in cells]
    repeated = sorted({each for each in headings if headings.count(each) > 1})
    if repeated:
        raise Unreadable(f"{file}: two columns are called {', '.join(map(repr, repeated))}")
    if "person" not in headings:
        raise Unreadable(f"{file}: row 1 has no heading `person`; are there headings at all?")
    return headings


def _row(file: Path, number: int, headings: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Put the cells of a row under their headings."""
    if len(cells) > len(headings) and any(cell.strip() for cell in cells[len(headings) :]):
        raise Unreadable(
            f"{file}: row {number} has {len(cells)} cells under {len(headings)} headings"
        )
    padded = [*cells, *[""] * (len(headings) - len(cells))]
    return dict(zip(headings, padded, strict=False))
