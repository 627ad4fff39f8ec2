"""CAP alerts, and the events about them, that are right in everything a test does not care for."""

from datetime import timedelta
from typing import Any

from common.cap import Alert, Area, Info, alert_id
from common.events.envelope import Envelope
from common.events.intake import AlertAccepted
from testkit.clock import NOON

HARBOR = "-8.74,115.16 -8.74,115.18 -8.76,115.18 -8.76,115.16 -8.74,115.16"
SENDER = "warnings@sea.example"


def area(**changes: Any) -> Area:
    """Return an area: a square kilometer or two of harbor."""
    return Area.model_validate({"area_desc": "Harbor", "polygon": (HARBOR,), **changes})


def info(**changes: Any) -> Info:
    """Return an info: a tsunami that was seen, for the harbor, for two hours."""
    return Info.model_validate(
        {
            "language": "en-US",
            "category": ("Geo",),
            "event": "Tsunami",
            "urgency": "Immediate",
            "severity": "Extreme",
            "certainty": "Observed",
            "headline": "Tsunami: go to high ground now",
            "expires": NOON + timedelta(hours=2),
            "area": (area(),),
            **changes,
        }
    )


def newsletter(**changes: Any) -> Info:
    """Return an info that nobody has to hurry for."""
    calm = {"urgency": "Future", "severity": "Minor", "certainty": "Likely", "event": "Market day"}
    return info(**{**calm, "headline": "The market moves to Sunday", **changes})


def alert(**changes: Any) -> Alert:
    """Return an Actual, Public alert, sent at noon, with one info."""
    return Alert.model_validate(
        {
            "identifier": "wave-1",
            "sender": SENDER,
            "sent": NOON,
            "status": "Actual",
            "msg_type": "Alert",
            "scope": "Public",
            "infos": (info(),),
            **changes,
        }
    )


def follow_up(msg_type: str, *followed: Alert, minutes: int = 5, **changes: Any) -> Alert:
    """Return an Update or Cancel of these alerts, sent so many minutes after the first."""
    named = (
        f"{each.sender},{each.identifier},{each.sent.isoformat(timespec='seconds')}"
        for each in followed
    )
    return alert(
        **{
            "identifier": f"{msg_type.lower()}-{minutes}",
            "sent": followed[0].sent + timedelta(minutes=minutes),
            "msg_type": msg_type,
            "references": " ".join(named),
            "status": followed[0].status,
            **changes,
        }
    )


def accepted(of: Alert, **changes: Any) -> AlertAccepted:
    """Return that intake accepted an alert, from the key of the harbor office."""
    return AlertAccepted.model_validate(
        {
            "alert_id": alert_id(of.key),
            "alert": of,
            "content_sha256": "0" * 64,
            "publisher": "key_0000abcd",
            "accepted_at": of.sent,
            **changes,
        }
    )


def envelope(event: AlertAccepted, repair: int = 0) -> Envelope:
    """Return the envelope in which intake says that it accepted an alert."""
    return Envelope(
        id=event.event_id(),
        type=event.event_type,
        source="/kentongan/intake",
        time=event.accepted_at,
        correlation_id=event.alert_id,
        repair=repair,
    )
