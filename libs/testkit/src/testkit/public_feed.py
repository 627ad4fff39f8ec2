"""A public feed beside a village: who writes it, and what its readers find in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import feedparser

from sandbox.witness import Received
from testkit.certificates import signer_pem

FEED: Final = "feed"
NAME: Final = "village"
MOST_ENTRIES: Final = 1_000


def provider(folder: Path) -> Mapping[str, Any]:
    """Make a folder with a key and a certificate, and return who writes the feed below it."""
    (folder / "public").mkdir(parents=True)
    for name, pem in zip(("feed.key", "feed.crt"), signer_pem(), strict=True):
        (folder / name).write_bytes(pem)
    return {
        "practice": True,
        "folder": str((folder / "public").resolve()),
        "base_url": "https://alerts.village.example",
        "key_file": str((folder / "feed.key").resolve()),
        "certificate_file": str((folder / "feed.crt").resolve()),
        "most_entries": MOST_ENTRIES,
        "feeds": {NAME: "Alerts of our village"},
    }


def entries(folder: Path) -> Iterator[Received]:
    """Yield each entry as a reader finds it, numbered by its place: one that stands twice is two.

    Its reference is its own id, its time when the alert was sent, for an entry has no other.
    """
    file = folder / "public" / NAME / "atom.xml"
    if not file.exists():
        return
    found = feedparser.parse(file.read_bytes())
    if found.bozo:
        raise ValueError(f"no reader reads the feed: {found.bozo_exception!r}")
    for place, each in enumerate(found.entries):
        yield Received(
            at=each.updated,
            channel=FEED,
            id=str(place),
            address=NAME,
            headline=each.title,
            text=each.summary,
            reference=each.id,
        )
