"""A feed as RSS 2.0, for whatever reads nothing newer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Final

from lxml import etree

from notification.feeds.feed import RSS, Feed, urn
from notification.feeds.item import Item

ATOM_LINK: Final = "{http://www.w3.org/2005/Atom}link"
NAMES: Final = {"atom": "http://www.w3.org/2005/Atom"}
CAP_TYPE: Final = "application/cap+xml"


def rss(feed: Feed, items: Sequence[Item], updated: datetime) -> bytes:
    """Write a feed whose newest item comes first; the link of an item is its CAP document."""
    root = etree.Element("rss", version="2.0", nsmap=NAMES)
    channel = _add(root, "channel")
    url = feed.file(RSS)
    _add(channel, "title", feed.title)
    _add(channel, "link", f"{feed.url}/")
    _add(channel, "description", f"{feed.title}, {feed.author}")
    if feed.language:
        _add(channel, "language", feed.language)
    _add(channel, "lastBuildDate", _moment(updated))
    _add(channel, "generator", "Kentongan")
    attributes = {"rel": "self", "type": "application/rss+xml", "href": url}
    etree.SubElement(channel, ATOM_LINK, attributes)
    for item in items:
        _item(channel, feed, item)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _item(channel: etree._Element, feed: Feed, item: Item) -> None:
    known = item.entry
    document = feed.document(known.alert_id)
    element = _add(channel, "item")
    _add(element, "title", item.title)
    _add(element, "link", document)
    _add(element, "description", _html(item.summary or item.title))
    for category in item.info.category if item.info else ():
        _add(element, "category", category.value)
    _add(element, "enclosure", url=document, length=str(known.octets), type=CAP_TYPE)
    _add(element, "guid", urn(known.alert_id), isPermaLink="false")
    _add(element, "pubDate", _moment(known.alert.sent))


def _html(text: str) -> str:
    """Write plain text as the HTML that readers take a description for."""
    return escape(text, quote=False).replace("\n", "<br>\n")


def _moment(instant: datetime) -> str:
    """Write an instant as mail has it (RFC 822, with four digits of the year)."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, name, attributes)
    child.text = text or None
    return child
