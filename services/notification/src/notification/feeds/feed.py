"""A feed as its readers know it: its name, its title, and where its files are found."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
DOCUMENTS: Final = "cap"
ATOM: Final = "atom.xml"
RSS: Final = "rss.xml"
GEOJSON: Final = "alerts.geojson"


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed; its files are below `url`.

    It lists documents that were written in the last `keep`, `most_entries` at most. `life` is that
    of an info without `expires`.
    """

    name: str
    title: str
    url: str
    author: str
    language: str = ""
    most_entries: int = 100
    keep: timedelta = timedelta(days=90)
    life: timedelta = timedelta(hours=24)

    def file(self, name: str) -> str:
        """Return the URL of one of its files."""
        return f"{self.url}/{name}"

    def document(self, alert_id: str) -> str:
        """Return the URL of the CAP document of an alert."""
        return f"{self.url}/{DOCUMENTS}/{document_name(alert_id)}"


def document_name(alert_id: str) -> str:
    """Return the name of the file that holds an alert."""
    return f"{alert_id}.xml"


def urn(alert_id: str) -> str:
    """Return what names an alert in every feed that has it."""
    return f"urn:kentongan:alert:{alert_id}"
