"""A place that nobody else's alert reaches, with the people who live there and what warns them."""

import itertools
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from common.cap import Alert, Info
from testkit.builders import SENDER, alert, area, follow_up, info

AGO: Final = timedelta(minutes=3)
LIFE: Final = timedelta(hours=1)
FLOOD: Final = "Flood: leave the river bank now"
FALLING: Final = "Flood: the river falls, stay uphill"
MARKET: Final = "The market moves to Sunday"
STEP_DEGREES: Final = 0.1
HALF_DEGREES: Final = 0.01
ROW: Final = 40

_hamlets = itertools.count()
_numbers = itertools.count(1)


@dataclass(slots=True)
class Person:
    """Somebody with addresses; `push` is what a browser gave them, once they have moved in."""

    id: str
    latitude: float
    longitude: float
    sms: str = ""
    email: str = ""
    wants_push: bool = False
    push_fate: str = ""
    push: dict[str, Any] = field(default_factory=dict)
    language: str = "en-US"
    groups: str = "resident"

    def address(self, channel: str) -> str:
        """Return the address that a provider of a channel knows them by."""
        if channel == "push":
            return str(self.push["endpoint"])
        return self.sms if channel == "sms" else self.email

    def row(self) -> dict[str, str]:
        """Return their line in a spreadsheet of people."""
        return {
            "person": self.id,
            "language": self.language,
            "places": f"{self.latitude} {self.longitude}",
            "groups": self.groups,
            "sms": self.sms,
            "email": self.email,
            "push": json.dumps(self.push) if self.push else "",
        }


class Hamlet:
    """A square of the map that is of one test alone."""

    def __init__(self) -> None:
        row, column = divmod(next(_hamlets), ROW)
        self.latitude = round(-9.0 + row * STEP_DEGREES, 4)
        self.longitude = round(110.0 + column * STEP_DEGREES, 4)

    def person(self, name: str, *channels: str, **changes: Any) -> Person:
        """Return somebody who lives here and can be reached on these channels."""
        number = next(_numbers)
        return Person(
            id=f"{name}-{number}",
            latitude=self.latitude,
            longitude=self.longitude,
            sms=f"+62812{4_000_000 + number}" if "sms" in channels else "",
            email=f"{name}-{number}@hamlet.example" if "email" in channels else "",
            wants_push="push" in channels,
            **changes,
        )

    def people(self, count: int, *channels: str) -> list[Person]:
        """Return so many people who live here."""
        return [self.person("resident", *channels) for _ in range(count)]

    def flood_warning(self, **changes: Any) -> Alert:
        """Return an immediate alert for this place, sent three minutes ago."""
        return self._alert("flood", self.info(), changes)

    def market_notice(self, **changes: Any) -> Alert:
        """Return a routine alert for this place."""
        calm = {"urgency": "Future", "severity": "Minor", "certainty": "Likely"}
        return self._alert("market", self.info(event="Market", headline=MARKET, **calm), changes)

    def flood_exercise(self, **changes: Any) -> Alert:
        """Return the same flood warning as a drill."""
        return self.flood_warning(**{"status": "Exercise", **changes})

    def info(self, **changes: Any) -> Info:
        """Return what there is to say about a flood here."""
        words = {"event": "Flood", "headline": FLOOD, "area": (area(polygon=(self.polygon(),)),)}
        return info(**{**words, "expires": _now() + LIFE, **changes})

    def polygon(self) -> str:
        """Return its border, as CAP writes it."""
        south, north = self.latitude - HALF_DEGREES, self.latitude + HALF_DEGREES
        west, east = self.longitude - HALF_DEGREES, self.longitude + HALF_DEGREES
        corners = ((south, west), (south, east), (north, east), (north, west), (south, west))
        return " ".join(f"{latitude:.4f},{longitude:.4f}" for latitude, longitude in corners)

    def update_of(self, followed: Alert, **changes: Any) -> Alert:
        """Return an update that came a minute after."""
        words = (self.info(headline=FALLING),)
        return _following("Update", followed, 1, {"infos": words, **changes})

    def cancel_of(self, followed: Alert, **changes: Any) -> Alert:
        """Return a cancel that came two minutes after; it has no words of its own."""
        return _following("Cancel", followed, 2, {"infos": (), **changes})

    def _alert(self, name: str, said: Info, changes: dict[str, Any]) -> Alert:
        """Return an alert with an identifier of its own."""
        identifier = f"{name}-{uuid.uuid4().hex[:12]}"
        usual = {"identifier": identifier, "sender": SENDER, "sent": _now() - AGO, "infos": (said,)}
        return alert(**{**usual, **changes})


def _following(kind: str, followed: Alert, minutes: int, changes: dict[str, Any]) -> Alert:
    """Return what follows an alert, under a name derived from its."""
    named = {"identifier": f"{followed.identifier}-{kind.lower()}"}
    return follow_up(kind, followed, minutes=minutes, **{**named, **changes})


def _now() -> datetime:
    """Return the present second; CAP knows no smaller time."""
    return datetime.now(UTC).replace(microsecond=0)
