"""How much of what is to be told a channel has room for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import msgspec

from notification.filling import filled
from notification.shortening import ELLIPSIS, cut, plain_letters, sentences, shortened
from notification.speech import Part, Telling
from smpp import segment_count

MOST_SEGMENTS: Final = 4
MOST_HEADLINE: Final = 180
MOST_PUSH_BYTES: Final = 1_500
MOST_PUSH_LETTERS: Final = 600
MOST_MAIL_LETTERS: Final = 40_000
MOST_WEBHOOK_BYTES: Final = 18_000
MOST_PARTS: Final = 8
MOST_ROOMS: Final = 40
WHOLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Room:
    """How much is told: sentences of each part, letters of a sentence, a place, a headline."""

    sentences: int
    letters: int
    where: int
    headline: int
    parts: int = MOST_PARTS


@dataclass(frozen=True, slots=True)
class Form:
    """How a channel is written to: its templates, whether a body fits, its longest element."""

    template: str
    fits: Callable[[str], bool]
    longest: int
    html: str = ""
    plain: bool = False


def _fits_messages(body: str) -> bool:
    return segment_count(body) <= MOST_SEGMENTS


def _fits_push(body: str) -> bool:
    return len(body) <= MOST_PUSH_LETTERS and len(msgspec.json.encode(body)) <= MOST_PUSH_BYTES


def _fits_mail(body: str) -> bool:
    return len(body) <= MOST_MAIL_LETTERS


def _fits_webhook(body: str) -> bool:
    return len(msgspec.json.encode(body)) <= MOST_WEBHOOK_BYTES


SHORT: Final = Form("push.jinja", _fits_push, 900)
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "sms": Form("sms.jinja", _fits_messages, 1_200, plain=True),
        "push": SHORT,
        "email": Form("email.txt.jinja", _fits_mail, 8_000, html="email.html.jinja"),
        "webhook": Form("email.txt.jinja", _fits_webhook, 8_000),
    }
)


def fitted(telling: Telling, form: Form) -> tuple[str, Telling]:
    """Return the longest body that fits, and what it tells."""
    body, shorter = "", telling
    for shorter in _ever_shorter(_clipped(telling, form)):
        body = _body(form, shorter)
        if form.fits(body):
            break
    while not form.fits(body):
        body = plain_letters(cut(body, len(body) - 10))
    return body, shorter


def _body(form: Form, telling: Telling) -> str:
    """Fill a form, in letters that its channel has."""
    body = filled(form.template, telling)
    return plain_letters(body) if form.plain else body


def _clipped(telling: Telling, form: Form) -> Telling:
    """Leave out at once what could never fit."""
    room = Room(form.longest, form.longest, where=form.longest, headline=MOST_HEADLINE)
    return _in_room(telling, room)


def _ever_shorter(telling: Telling) -> Iterator[Telling]:
    """Yield it whole, then without its least important parts, never without what to do first."""
    yield telling
    without_link = replace(telling, link="")
    yield without_link
    anonymous = replace(without_link, who="")
    yield anonymous
    for room in _rooms(telling):
        yield _in_room(anonymous, room)


def _rooms(telling: Telling) -> Iterator[Room]:
    """Yield less and less room."""
    texts = [part.instruction or part.description for part in telling.parts]
    most = max((len(sentences(text)) for text in texts), default=1)
    most = max(min(most, MOST_ROOMS), len(telling.sentences), 1)
    for count in range(most, 0, -1):
        yield Room(count, WHOLE, where=WHOLE, headline=MOST_HEADLINE)
    yield Room(1, WHOLE, where=80, headline=100)
    for parts in range(max(len(telling.parts), 1), 0, -1):
        yield Room(1, letters=160, where=50, headline=80, parts=parts)
    yield Room(1, letters=80, where=30, headline=50, parts=1)


def _in_room(telling: Telling, room: Room) -> Telling:
    """Tell as much of it as there is room for; what is left out leaves a sign."""
    parts = [_shorter(part, room) for part in telling.parts[: room.parts]]
    if len(parts) < len(telling.parts):
        last = f"{parts[-1].instruction or parts[-1].description} {ELLIPSIS}".strip()
        parts[-1] = replace(parts[-1], instruction=last)
    kept = [cut(each, room.letters) for each in telling.sentences[: room.sentences]]
    if len(kept) < len(telling.sentences):
        kept.append(ELLIPSIS)
    return replace(
        telling,
        headline=cut(telling.headline, room.headline),
        sentences=tuple(kept),
        parts=tuple(parts),
    )


def _shorter(part: Part, room: Room) -> Part:
    """Shorten what an info says."""
    return replace(
        part,
        headline=cut(part.headline, room.headline),
        where=cut(part.where, room.where),
        instruction=shortened(part.instruction, room.sentences, room.letters),
        description=shortened(part.description, room.sentences, room.letters),
    )
