"""The words around an alert's own words."""

import tomllib
from importlib.resources import files

import pytest

from common.cap import Status
from notification.frames import bare, frame, languages, mark, words


def test_each_language_has_every_word() -> None:
    folder = files("notification").joinpath("texts")
    tables = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    known = [set(tomllib.loads(each.read_text("utf-8"))) for each in tables]
    assert len(known) >= 2
    assert all(each == known[0] for each in known)


def test_a_language_without_words_of_its_own_gets_english_ones() -> None:
    assert frame("jv-ID") == "en"
    assert words("id-ID")["cancel"] == "DIBATALKAN"


@pytest.mark.parametrize(
    ("status", "language", "sign"),
    [
        (Status.ACTUAL, "id-ID", ""),
        (Status.EXERCISE, "en-GB", "EXERCISE EXERCISE EXERCISE"),
        (Status.EXERCISE, "id-ID", "LATIHAN LATIHAN LATIHAN"),
        (Status.TEST, "en-US", "TEST TEST TEST"),
        (Status.SYSTEM, "jv", "EXERCISE EXERCISE EXERCISE"),
        (Status.DRAFT, "id", "LATIHAN LATIHAN LATIHAN"),
    ],
)
def test_only_what_is_actual_bears_no_mark(status: Status, language: str, sign: str) -> None:
    assert mark(status, language)[0] == sign


def test_what_we_put_before_a_headline_is_taken_away_again() -> None:
    headline = "LATIHAN LATIHAN LATIHAN: PEMBARUAN: Tsunami: naik ke bukit"
    assert bare(headline, "id-ID") == "Tsunami: naik ke bukit"
    assert bare("Tsunami: naik ke bukit", "id-ID") == "Tsunami: naik ke bukit"


def test_all_languages_are_listed_and_english_comes_first() -> None:
    assert languages() == ("en", "id")
