"""What a list says of an alert: a headline, a few words, in one language."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.cap import Alert, Info, MsgType, ResponseType
from notification.feeds.entry import Entry
from notification.frames import mark, words
from notification.shortening import line
from notification.speech import part_of, speaker
from notification.wording import own_words


@dataclass(frozen=True, slots=True)
class Item:
    """An entry in words; `info` is the one that speaks for the alert, the worst in the language."""

    entry: Entry
    info: Info | None
    language: str
    title: str
    summary: str
    author: str
    link: str


def item_of(entry: Entry, known: Mapping[str, Entry], language: str) -> Item:
    """Put an entry into words; one that brings none is about what it references."""
    alert = entry.alert
    info = _speaking(alert, language)
    about = info or _followed(entry, known, language)
    spoken = about.language if about else language
    frame, kind = words(spoken), _kind(alert)
    sign, sign_sentence = mark(alert.status, spoken)
    headline = part_of(about).headline if about else line(alert.note) or alert.identifier
    said = part_of(info) if info else None
    sentences = (
        sign_sentence,
        frame.get(f"{kind}_sentence", ""),
        said.description if said else line(alert.note),
        said.instruction if said else "",
    )
    return Item(
        entry=entry,
        info=info,
        language=spoken,
        title=": ".join(filter(None, (sign, frame[kind], headline))),
        summary="\n".join(filter(None, sentences)),
        author=speaker(alert, [info] if info else []),
        link=said.link if said else "",
    )


def is_over(info: Info) -> bool:
    """Tell whether an info says that the danger is over, as Canada's updates do."""
    return ResponseType.ALL_CLEAR in info.response_type


def _kind(alert: Alert) -> str:
    """Say what an alert is to its chain, in the names of the words around."""
    if alert.msg_type is MsgType.CANCEL:
        return "cancel"
    if alert.infos and all(map(is_over, alert.infos)):
        return "all_clear"
    return "update" if alert.msg_type is MsgType.UPDATE else "first"


def _speaking(alert: Alert, language: str) -> Info | None:
    """Return the worst info in the nearest language; without a wish, in that of the first."""
    if not alert.infos:
        return None
    wished = language or alert.infos[0].language
    return alert.infos[own_words(alert.infos, range(len(alert.infos)), wished)[0]]


def _followed(entry: Entry, known: Mapping[str, Entry], language: str) -> Info | None:
    """Return what was said last of what an entry references."""
    before = (known[each].alert for each in entry.follows if each in known)
    newest_first = sorted(before, key=lambda alert: alert.sent, reverse=True)
    infos = (_speaking(alert, language) for alert in newest_first)
    return next((each for each in infos if each is not None), None)
