"""The map of a feed as GeoJSON (RFC 7946): the alerts that are in force at the moment."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from common.cap import Area, Info
from common.cap.values import format_time
from notification.feeds.entry import Entry
from notification.feeds.feed import Feed, urn
from notification.feeds.item import is_over
from notification.feeds.standing import standing
from notification.speech import part_of


class _Feature(msgspec.Struct, tag_field="type", tag="Feature"):
    """One area of one info; an area without ground has no geometry."""

    id: str
    geometry: msgspec.Raw | None
    properties: dict[str, Any]


class _Collection(msgspec.Struct, tag_field="type", tag="FeatureCollection"):
    """All of them."""

    features: list[_Feature]


def geojson(feed: Feed, entries: Iterable[Entry], now: datetime) -> bytes:
    """Write the areas of what stands, newest first, without what has expired or is over."""
    newest_first = sorted(standing(entries), key=lambda each: each.alert.sent, reverse=True)
    features = [feature for each in newest_first for feature in _features(feed, each, now)]
    return msgspec.json.encode(_Collection(features))


def _features(feed: Feed, entry: Entry, now: datetime) -> Iterator[_Feature]:
    for number, info in enumerate(entry.alert.infos):
        expires = ends_at(entry, info, feed.life)
        if expires <= now or is_over(info):
            continue
        properties = _properties(feed, entry, info) | {"expires": format_time(expires)}
        places = zip(info.area, entry.ground[number], strict=True)
        for place, (area, ground) in enumerate(places):
            name = f"{entry.alert_id}-{number}-{place}"
            yield _feature(name, ground, properties | _area(area))
        if not info.area:
            yield _feature(f"{entry.alert_id}-{number}", None, properties)


def ends_at(entry: Entry, info: Info, life: timedelta) -> datetime:
    """Return when an info ends; one that does not say so lives as long as alerts do here."""
    return info.expires or entry.alert.sent + life


def _feature(name: str, ground: bytes | None, properties: dict[str, Any]) -> _Feature:
    geometry = msgspec.Raw(ground) if ground is not None else None
    return _Feature(name, geometry, properties)


def _properties(feed: Feed, entry: Entry, info: Info) -> dict[str, Any]:
    alert, said = entry.alert, part_of(info)
    return {
        "alert": urn(entry.alert_id),
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": format_time(alert.sent),
        "status": alert.status.value,
        "msgType": alert.msg_type.value,
        "language": info.language,
        "category": [each.value for each in info.category],
        "event": info.event,
        "headline": said.headline,
        "urgency": info.urgency.value,
        "severity": info.severity.value,
        "certainty": info.certainty.value,
        "effective": format_time(info.effective or alert.sent),
        "senderName": info.sender_name or "",
        "web": said.link,
        "cap": feed.document(entry.alert_id),
    }


def _area(area: Area) -> dict[str, Any]:
    return {"areaDesc": area.area_desc}
