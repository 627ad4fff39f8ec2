"""Rows keep the numbers that people see, and a file that is no table says where it breaks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.spreadsheet import FIRST_ROW, Unreadable, read_rows, runs


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def test_rows_are_read_by_their_headings_whatever_the_case(file: Path) -> None:
    file.write_text('\ufeffPerson, SMS \nanna,"+1;\n+2"\n')
    assert read_rows(file) == [(2, {"person": "anna", "sms": "+1;\n+2"})]


def test_empty_rows_are_passed_over_and_counted(file: Path) -> None:
    file.write_text("person,sms\nanna,+1\n,\n\nbudi,+2\n,,,\n")
    assert [(number, row["person"]) for number, row in read_rows(file)] == [
        (2, "anna"),
        (5, "budi"),
    ]


def test_a_row_may_end_early(file: Path) -> None:
    file.write_text("person,sms\nanna\n")
    assert read_rows(file) == [(2, {"person": "anna", "sms": ""})]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"anna,+1\n", "no heading `person`"),
        (b"person,sms,SMS\n", "two columns are called 'sms'"),
        (b"person\nanna,+1\n", "row 2 has 2 cells under 1 headings"),
        (b'person\n"anna', "not CSV"),
        (b"person\n\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_says_where_it_breaks(
    file: Path, content: bytes, words: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read_rows(file)


def test_a_file_that_is_not_there_is_said_to_be_missing(file: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        read_rows(file)


@given(st.sets(st.integers(FIRST_ROW, 60)), st.integers(1, 7))
def test_runs_have_no_gaps_and_together_are_all_rows(numbers: set[int], most: int) -> None:
    rows = [(number, {"person": str(number)}) for number in sorted(numbers)]
    cut = list(runs(rows, most))
    assert [(first + at, row) for first, run in cut for at, row in enumerate(run)] == rows
    assert all(1 <= len(run) <= most for _, run in cut)
