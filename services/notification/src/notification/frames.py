"""The words around an alert's own words, in each language that we have them in."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from common.cap import Status
from notification.languages import family

FALLBACK: Final = "en"

Words = Mapping[str, str]


def frame(language: str) -> str:
    """Return in which language the words around stand: the same one, else English."""
    wished = family(language)
    return wished if wished in _frames() else FALLBACK


def words(language: str) -> Words:
    """Return the words around, for a language."""
    return _frames()[frame(language)]


def languages() -> tuple[str, ...]:
    """Return every language that we have words in, English first."""
    return tuple(sorted(_frames(), key=lambda language: (language != FALLBACK, language)))


def mark(status: Status, language: str) -> tuple[str, str]:
    """Return what stands before everything that is not real, and a sentence that says so."""
    if status is Status.ACTUAL:
        return "", ""
    kind = "test" if status is Status.TEST else "exercise"
    known = words(language)
    return known[kind], known[f"{kind}_sentence"]


def bare(headline: str, language: str) -> str:
    """Take away what we put before a headline."""
    known = words(language)
    put = tuple(
        f"{known[name]}: " for name in ("exercise", "test", "update", "cancel", "all_clear", "left")
    )
    while headline.startswith(put):
        headline = headline.partition(": ")[2]
    return headline


@cache
def _frames() -> Mapping[str, Words]:
    """Read every language that has a file in `texts/`."""
    folder = files("notification").joinpath("texts")
    return MappingProxyType(
        {
            each.name.removesuffix(".toml"): MappingProxyType(
                tomllib.loads(each.read_text("utf-8"))
            )
            for each in folder.iterdir()
            if each.name.endswith(".toml")
        }
    )
