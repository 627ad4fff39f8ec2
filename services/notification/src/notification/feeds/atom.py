"""A feed as Atom (RFC 4287), with the elements of CAP that its readers look for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, cast

from lxml import etree

from common.cap.layout import CAP
from common.cap.values import as_utc, format_time
from notification.feeds.feed import ATOM, Feed, urn
from notification.feeds.item import Item
from notification.languages import DEFAULT

NAMESPACE: Final = "http://www.w3.org/2005/Atom"
CAP_TYPE: Final = "application/cap+xml"
LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def atom(feed: Feed, items: Sequence[Item], updated: datetime) -> bytes:
    """Write a feed whose newest item comes first; `updated` is when it changed."""
    prefixes = cast("dict[str, str]", {None: NAMESPACE, "cap": CAP})
    root = etree.Element(f"{{{NAMESPACE}}}feed", nsmap=prefixes)
    url = feed.file(ATOM)
    if feed.language:
        root.set(LANGUAGE, feed.language)
    _add(root, "id", url)
    _add(root, "title", feed.title)
    _add(root, "updated", as_utc(updated))
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "link", rel="self", type="application/atom+xml", href=url)
    _add(root, "generator", "Kentongan")
    for item in items:
        _entry(root, feed, item)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _entry(root: etree._Element, feed: Feed, item: Item) -> None:
    known = item.entry
    document = feed.document(known.alert_id)
    sent = format_time(known.alert.sent)
    entry = _add(root, "entry")
    entry.set(LANGUAGE, item.language or DEFAULT)
    _add(entry, "id", urn(known.alert_id))
    _add(entry, "title", item.title)
    _add(entry, "updated", sent)
    _add(entry, "published", sent)
    _add(_add(entry, "author"), "name", item.author)
    _add(entry, "summary", item.summary or item.title)
    _add(entry, "link", rel="alternate", type=CAP_TYPE, href=document)
    _add(entry, "link", rel="enclosure", type=CAP_TYPE, href=document, length=str(known.octets))
    if item.link:
        _add(entry, "link", rel="related", href=item.link)
    for category in item.info.category if item.info else ():
        _add(entry, "category", term=category.value)
    for name, text in _cap(item):
        etree.SubElement(entry, f"{{{CAP}}}{name}").text = text


def _cap(item: Item) -> Iterator[tuple[str, str]]:
    """Yield the elements of CAP that stand in an entry, as weather services have them."""
    alert, info = item.entry.alert, item.info
    yield "identifier", alert.identifier
    yield "sender", alert.sender
    yield "sent", format_time(alert.sent)
    yield "status", alert.status.value
    yield "msgType", alert.msg_type.value
    if info is None:
        return
    yield "event", info.event
    yield "urgency", info.urgency.value
    yield "severity", info.severity.value
    yield "certainty", info.certainty.value
    for name in ("effective", "onset", "expires"):
        if (time := getattr(info, name)) is not None:
            yield name, format_time(time)
    if info.area:
        yield "areaDesc", "; ".join(dict.fromkeys(area.area_desc for area in info.area))


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    child.text = text or None
    return child
