from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from lxml import etree

from common.cap import Alert, read
from notification.feeds.atom import atom
from notification.feeds.entry import Entry
from notification.feeds.feed import Feed
from notification.feeds.item import item_of
from testkit.builders import alert, follow_up, info
from testkit.clock import NOON
from testkit.shared import messages

AsEntry = Callable[[Alert], Entry]
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def write(feed: Feed, as_entry: AsEntry) -> Callable[..., bytes]:
    def written(*alerts: Alert, **changed: Any) -> bytes:
        entries = {each.alert_id: each for each in map(as_entry, alerts)}
        items = [item_of(each, entries, "") for each in entries.values()]
        return atom(replace(feed, **changed), items, NOON)

    return written


Writes = Callable[..., bytes]


def test_a_reader_of_others_finds_feed_and_entry(write: Writes, as_entry: AsEntry) -> None:
    known = alert(infos=(info(web="https://sea.example/1", description="<b>High</b> & wide"),))
    found = feedparser.parse(write(known))
    assert (found.bozo, found.version) == (False, "atom10")
    assert found.feed.title == "Warnings of Teluk Harapan"
    assert found.feed.id == "https://alerts.village.example/feeds/village/atom.xml"
    assert found.feed.links[0].rel == "self"
    (entry,) = found.entries
    entry_id = as_entry(known).alert_id
    assert entry.id == f"urn:kentongan:alert:{entry_id}"
    assert entry.title == "Tsunami: go to high ground now"
    assert entry.summary_detail == {
        "type": "text/plain",
        "language": "en-US",
        "base": "",
        "value": "<b>High</b> & wide",
    }
    assert entry.updated == entry.published == "2026-03-01T12:00:00+00:00"
    assert [tag.term for tag in entry.tags] == ["Geo"]
    assert (entry.cap_severity, entry.cap_event, entry.cap_areadesc) == (
        "Extreme",
        "Tsunami",
        "Harbor",
    )
    assert entry.cap_expires == "2026-03-01T14:00:00+00:00"


def test_an_entry_leads_to_its_document_and_to_its_page(write: Writes, as_entry: AsEntry) -> None:
    known = alert(infos=(info(web="https://sea.example/1"),))
    (entry,) = feedparser.parse(write(known)).entries
    place = as_entry(known)
    url = f"https://alerts.village.example/feeds/village/cap/{place.alert_id}.xml"
    document, enclosure, page = entry.links
    assert (document.rel, document.type, document.href) == (
        "alternate",
        "application/cap+xml",
        url,
    )
    assert (enclosure.rel, enclosure.href, enclosure.length) == (
        "enclosure",
        url,
        str(place.octets),
    )
    assert (page.rel, page.href) == ("related", "https://sea.example/1")


def test_a_feed_without_alerts_is_a_feed(write: Writes) -> None:
    found = feedparser.parse(write())
    assert (found.bozo, found.entries) == (False, [])
    assert found.feed.updated == "2026-03-01T12:00:00+00:00"


def test_a_feed_and_an_entry_say_their_languages(write: Writes) -> None:
    root = etree.fromstring(write(alert(infos=(info(language="id-ID"),)), language="id"))
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    assert root.get(language) == "id"
    assert [each.get(language) for each in root.iterfind("a:entry", ATOM)] == ["id-ID"]


def test_every_element_that_rfc_4287_demands_is_there(write: Writes) -> None:
    cancel = follow_up("Cancel", alert(), infos=())
    others = [read(content).alert for content in messages("valid").values()]
    root = etree.fromstring(write(cancel, alert(sent=NOON - timedelta(days=1)), *others))
    for element in (root, *root.iterfind("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert element.findtext(f"a:{name}", namespaces=ATOM)
        assert element.findtext("a:author/a:name", namespaces=ATOM)
    assert len(root.findall("a:entry", ATOM)) == 2 + len(others)
    assert len({each.text for each in root.iterfind("a:entry/a:id", ATOM)}) == 2 + len(others)
