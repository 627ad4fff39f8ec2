from collections.abc import Callable
from datetime import timedelta, timezone

import feedparser
import pytest

from common.cap import Alert
from notification.feeds.entry import Entry
from notification.feeds.feed import Feed
from notification.feeds.item import item_of
from notification.feeds.rss import rss
from testkit.builders import alert, follow_up, info
from testkit.clock import NOON

AsEntry = Callable[[Alert], Entry]
Writes = Callable[..., bytes]


@pytest.fixture
def write(feed: Feed, as_entry: AsEntry) -> Writes:
    def written(*alerts: Alert) -> bytes:
        entries = {each.alert_id: each for each in map(as_entry, alerts)}
        return rss(feed, [item_of(each, entries, "") for each in entries.values()], NOON)

    return written


def test_a_reader_of_others_finds_channel_and_item(write: Writes, as_entry: AsEntry) -> None:
    bali = NOON.astimezone(timezone(timedelta(hours=8)))
    known = alert(sent=bali)
    found = feedparser.parse(write(known))
    assert (found.bozo, found.version) == (False, "rss20")
    assert found.feed.title == "Warnings of Teluk Harapan"
    assert found.feed.link == "https://alerts.village.example/feeds/village/"
    (item,) = found.entries
    place = as_entry(known)
    url = f"https://alerts.village.example/feeds/village/cap/{place.alert_id}.xml"
    assert item.title == "Tsunami: go to high ground now"
    assert (item.link, item.id) == (url, f"urn:kentongan:alert:{place.alert_id}")
    assert item.published == "Sun, 01 Mar 2026 12:00:00 GMT"
    (enclosure,) = item.enclosures
    assert (enclosure.href, enclosure.type, enclosure.length) == (
        url,
        "application/cap+xml",
        str(place.octets),
    )


def test_a_description_is_html_that_holds_the_words_as_they_are(write: Writes) -> None:
    known = alert(infos=(info(description="Waves > 2 m\nin <Harbor> & bay", instruction="Go."),))
    (item,) = feedparser.parse(write(known)).entries
    assert item.summary == "Waves &gt; 2 m<br />\nin &lt;Harbor&gt; &amp; bay<br />\nGo."


def test_an_item_without_words_has_a_description(write: Writes) -> None:
    (item,) = feedparser.parse(write(follow_up("Cancel", alert(), infos=()))).entries
    assert item.title == "CANCELLED: cancel-5"
    assert item.summary.startswith("This alert is cancelled.")


def test_a_feed_without_alerts_is_a_feed(write: Writes) -> None:
    found = feedparser.parse(write())
    assert (found.bozo, found.entries) == (False, [])
    assert found.feed.updated == "Sun, 01 Mar 2026 12:00:00 GMT"
