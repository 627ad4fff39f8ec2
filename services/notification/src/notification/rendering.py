"""What people are told: an alert's words, once per language and channel, as short as it takes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from common.cap import Alert, ResponseType, Status
from common.events.triage import AlertReleased, FollowUp
from notification.filling import filled
from notification.fitting import FORMS, MOST_HEADLINE, SHORT, fitted
from notification.frames import FALLBACK, bare, languages, mark, words
from notification.ports import Text
from notification.shortening import cut, line, plain_letters
from notification.speech import Telling, part_of, speaker
from notification.wording import own_words


def render(
    alert: Alert, info_indexes: Sequence[int], follow_up: FollowUp, channel: str, language: str
) -> Text:
    """Say some infos of an alert on a channel; a channel without a form of its own gets push's."""
    infos = [alert.infos[index] for index in info_indexes]
    parts = tuple(part_of(info) for info in infos)
    about = parts[0].headline if parts else line(alert.note) or alert.identifier
    telling = _telling(alert, follow_up.value, about, language)
    return _written(replace(telling, parts=parts, who=speaker(alert, infos)), channel)


def farewell(released: AlertReleased, earlier: Text, channel: str, language: str) -> Text:
    """Say a follow-up to somebody whom its own words do not reach, who was told `earlier`.

    An all-clear may bring words of its own; a cancel's infos often repeat what it takes back, so
    they are not said. An update without infos says again what was said.
    """
    alert = released.alert
    about = bare(earlier.headline, language)
    match released.follow_up:
        case FollowUp.CANCEL:
            telling = _ended(alert, "cancel", about, language)
        case FollowUp.ALL_CLEAR:
            telling = _all_clear(alert, about, language)
        case _ if alert.infos:
            telling = _ended(alert, "left", about, language)
        case _:
            telling = _said_again(alert, earlier, about, language)
    return _written(telling, channel)


def render_link_test(channel: str, link: str, at: datetime) -> Text:
    """Say on a channel, in every language that we have, that this only tests a link."""
    moment = f"{at:%Y-%m-%d %H:%M} UTC"
    sign, _ = mark(Status.TEST, FALLBACK)
    known = [words(each) for each in languages()]
    telling = Telling(
        language=FALLBACK,
        headline=" / ".join(each["link_test"] for each in known) + f": {link}",
        mark=sign,
        mark_sentence=" ".join(each["test_sentence"] for each in known),
        sentences=tuple(each["link_test_sentence"].format(link=link, at=moment) for each in known),
    )
    return _written(telling, channel)


def _telling(alert: Alert, kind: str, about: str, language: str) -> Telling:
    """Begin to tell: what it is not, what it is to its chain, and what it is about."""
    before = words(language)[kind]
    sign, sentence = mark(alert.status, language)
    return Telling(
        language=language,
        headline=f"{before}: {about}" if before else about,
        mark=sign,
        mark_sentence=sentence,
    )


def _ended(alert: Alert, kind: str, about: str, language: str) -> Telling:
    """Tell that what was said does not hold any more, here or at all."""
    infos = [alert.infos[each] for each in _their_own(alert, language)]
    return replace(
        _telling(alert, kind, about, language),
        sentences=(words(language)[f"{kind}_sentence"],),
        who=speaker(alert, infos),
    )


def _all_clear(alert: Alert, about: str, language: str) -> Telling:
    """Tell that the danger is over, in the alert's own words where it has any."""
    infos = [alert.infos[each] for each in _their_own(alert, language)]
    if not infos:
        return _ended(alert, "all_clear", about, language)
    parts = tuple(part_of(info) for info in infos)
    return replace(
        _telling(alert, "all_clear", parts[0].headline, language),
        sentences=(f"{words(language)['you_were_told']}: {about}",),
        parts=parts,
        who=speaker(alert, infos),
    )


def _said_again(alert: Alert, earlier: Text, about: str, language: str) -> Telling:
    """Tell again what was told, as an update of it."""
    telling = _telling(alert, "update", about, language)
    put = {telling.mark, telling.mark_sentence, plain_letters(about), about, ""}
    lines = (each.strip() for each in earlier.body.splitlines())
    kept = tuple(each for each in lines if bare(each, language) not in put)
    return replace(telling, sentences=kept)


def _their_own(alert: Alert, language: str) -> tuple[int, ...]:
    """Return the infos of an end in a language, those that say that it is over if any does."""
    every = range(len(alert.infos))
    over = [each for each in every if ResponseType.ALL_CLEAR in alert.infos[each].response_type]
    return own_words(alert.infos, over or every, language)


def _written(telling: Telling, channel: str) -> Text:
    """Write the most that the channel has room for."""
    form = FORMS.get(channel, SHORT)
    link = next((part.link for part in telling.parts if part.link), "")
    body, fitting = fitted(replace(telling, link=link), form)
    headline = cut(telling.headline, MOST_HEADLINE)
    return Text(
        language=telling.language,
        headline=f"{telling.mark}: {headline}" if telling.mark else headline,
        body=body,
        html=filled(form.html, fitting) if form.html else "",
        link=link,
    )
