"""What is to be told to somebody, before a channel cuts it to its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from common.cap import Alert, Info
from notification.shortening import cut, line, paragraphs

MOST_NAME: Final = 180
MOST_LINK: Final = 400


@dataclass(frozen=True, slots=True)
class Part:
    """What one info says, in the order of importance; empty means that it does not say it."""

    language: str
    headline: str
    where: str = ""
    instruction: str = ""
    description: str = ""
    until: str = ""
    contact: str = ""
    web: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """All that is to be told; the first part's headline is told in `headline`."""

    language: str
    headline: str
    mark: str = ""
    mark_sentence: str = ""
    sentences: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    who: str = ""
    link: str = ""


def part_of(info: Info) -> Part:
    """Return what an info says."""
    event, headline = line(info.event), line(info.headline)
    named = event.casefold() in headline.casefold()
    web = line(info.web)
    return Part(
        language=info.language,
        headline=headline if headline and named else ": ".join(filter(None, (event, headline))),
        where="; ".join(dict.fromkeys(filter(None, (line(area.area_desc) for area in info.area)))),
        instruction=paragraphs(info.instruction),
        description=paragraphs(info.description),
        until=_moment(info.expires) if info.expires else "",
        contact=line(info.contact),
        web=web,
        link=web if _is_link(web) else "",
    )


def speaker(alert: Alert, infos: Sequence[Info]) -> str:
    """Name who speaks: as people know them, else as CAP does."""
    names = dict.fromkeys(filter(None, (line(info.sender_name) for info in infos)))
    return cut("; ".join(names) or line(alert.sender), MOST_NAME)


def _moment(instant: datetime) -> str:
    """Write a time as it was written, so that nobody has to know a language for it."""
    return f"{instant:%Y-%m-%d %H:%M} (UTC{instant.isoformat()[-6:]})"


def _is_link(web: str) -> bool:
    """Whether an address may stand behind a link."""
    return urlsplit(web).scheme in ("http", "https") and len(web) <= MOST_LINK
