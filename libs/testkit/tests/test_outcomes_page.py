"""The page says what the vocabulary says."""

from pathlib import Path

from notification.reason import Reason, Remedy
from testkit.outcomes_page import CHAPTERS, FILE, described, main

ROOT = Path(__file__).parents[3]


def test_the_page_is_what_the_vocabulary_says() -> None:
    assert (ROOT / FILE).read_text() == described(), f"{FILE} is old: -m testkit.outcomes_page"


def test_it_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    main(tmp_path)
    assert (tmp_path / FILE).read_text() == described()


def test_every_reason_is_on_it_once_whoever_can_do_something() -> None:
    assert set(CHAPTERS) == set(Remedy)
    rows = [line for line in described().splitlines() if line.startswith("| `")]
    assert sorted(line.split("`")[1] for line in rows) == sorted(Reason)
