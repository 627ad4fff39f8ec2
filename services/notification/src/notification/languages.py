"""Which language somebody gets: their own, else its family, else English, else the first."""

from collections.abc import Sequence
from typing import Final

DEFAULT: Final = "en-US"


def nearest(wanted: str, offered: Sequence[str]) -> str:
    """Return the offered language that somebody gets; no wish means en-US, as CAP says."""
    wish = (wanted.strip() or DEFAULT).lower()
    for asked in (wish, DEFAULT.lower()):
        for test in (_same, _same_family):
            for language in offered:
                if test(asked, language.lower()):
                    return language
    return offered[0]


def family(language: str) -> str:
    """Return the language without its country: `id` of `id-ID`."""
    return language.strip().lower().partition("-")[0]


def _same(wish: str, language: str) -> bool:
    """Whether these are one language of one country."""
    return wish == language


def _same_family(wish: str, language: str) -> bool:
    """Whether these are one language, of whatever country."""
    return family(wish) == family(language)
