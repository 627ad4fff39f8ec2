from collections.abc import Callable
from typing import Any

import pytest

from common.cap import Alert
from notification.feeds.entry import Entry
from notification.feeds.item import Item, item_of
from testkit.builders import alert, follow_up, info

AsEntry = Callable[[Alert], Entry]
ENGLISH = info(description="It is two meters high.", instruction="Walk up.", sender_name="Harbor")
INDONESIAN = info(language="id-ID", headline="Tsunami: naik ke bukit", instruction="Naik.")
FIRST = alert(infos=(ENGLISH, INDONESIAN))


@pytest.fixture
def put(as_entry: AsEntry) -> Callable[..., Item]:
    def into_words(of: Alert, *known: Alert, language: str = "") -> Item:
        entries = [as_entry(each) for each in known]
        return item_of(as_entry(of), {each.alert_id: each for each in entries}, language)

    return into_words


Puts = Callable[..., Item]


def test_an_alert_speaks_in_its_own_words(put: Puts) -> None:
    item = put(FIRST)
    assert item.title == "Tsunami: go to high ground now"
    assert item.summary == "It is two meters high.\nWalk up."
    assert (item.language, item.author) == ("en-US", "Harbor")


def test_a_feed_has_a_language_where_the_alert_has_it(put: Puts) -> None:
    assert put(FIRST, language="id").title == "Tsunami: naik ke bukit"
    assert put(alert(infos=(INDONESIAN,)), language="fr").language == "id-ID"
    assert put(alert(infos=(INDONESIAN,))).language == "id-ID"


def test_the_worst_speaks_for_an_alert_of_several_dangers(put: Puts) -> None:
    minor = info(severity="Minor", headline="Tsunami: a ripple")
    assert put(alert(infos=(minor, ENGLISH))).title == "Tsunami: go to high ground now"


@pytest.mark.parametrize(
    ("kind", "changed", "title"),
    [
        ("Update", {}, "UPDATE: Tsunami: go to high ground now"),
        ("Cancel", {}, "CANCELLED: Tsunami: go to high ground now"),
        (
            "Update",
            {"infos": (info(response_type=("AllClear",), headline="Tsunami: over"),)},
            "ALL CLEAR: Tsunami: over",
        ),
    ],
)
def test_what_follows_up_says_so_first(
    put: Puts, kind: str, changed: dict[str, Any], title: str
) -> None:
    assert put(follow_up(kind, FIRST, **{"infos": (ENGLISH,), **changed})).title == title


def test_a_cancel_without_words_is_about_what_it_ends(put: Puts) -> None:
    update = follow_up("Update", FIRST, minutes=3, infos=(info(headline="Tsunami: three meters"),))
    cancel = follow_up("Cancel", FIRST, update, infos=())
    item = put(cancel, FIRST, update)
    assert item.title == "CANCELLED: Tsunami: three meters"
    assert item.summary == "This alert is cancelled. You need not follow it any more."
    assert put(cancel, FIRST, language="id").title == "DIBATALKAN: Tsunami: naik ke bukit"


def test_a_cancel_of_what_is_not_here_has_its_note_or_its_identifier(put: Puts) -> None:
    cancel = follow_up("Cancel", FIRST, infos=(), note="All is well in the\nharbor")
    assert put(cancel).title == "CANCELLED: All is well in the harbor"
    assert put(follow_up("Cancel", FIRST, infos=())).title == "CANCELLED: cancel-5"


@pytest.mark.parametrize(("status", "sign"), [("Exercise", "EXERCISE"), ("Test", "TEST")])
def test_what_is_not_real_says_so_before_everything(put: Puts, status: str, sign: str) -> None:
    item = put(alert(status=status))
    assert item.title.startswith(f"{sign} {sign} {sign}: Tsunami")
    assert item.summary.startswith("This is only a")


def test_only_a_link_is_a_link(put: Puts) -> None:
    assert put(alert(infos=(info(web="https://sea.example/1"),))).link == "https://sea.example/1"
    assert put(alert(infos=(info(web="javascript:alert(1)"),))).link == ""
