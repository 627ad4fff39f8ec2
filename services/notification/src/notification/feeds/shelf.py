"""The folder of one feed: documents that stay, and lists that are made of whatever is there."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from common.cap import Refused
from common.clock import Clock
from notification.feeds.atom import atom
from notification.feeds.entry import Entry, entry_of
from notification.feeds.feed import ATOM, DOCUMENTS, GEOJSON, RSS, Feed, document_name
from notification.feeds.files import Writing, make, writing
from notification.feeds.geojson import geojson
from notification.feeds.item import item_of
from notification.feeds.lock import held
from notification.feeds.rss import rss

LOCK: Final = ".lock"
SUFFIX: Final = ".xml"

log = structlog.get_logger()


class Document(NamedTuple):
    """A file with an alert, by what tells it from every other; it was written at `second`."""

    name: str
    octets: int
    second: int


class Shelf:
    """One feed on disk; several processes may write to it, each after the other.

    A document is read once, for it stays as it is.
    """

    def __init__(self, folder: Path, feed: Feed, clock: Clock, lock_seconds: float) -> None:
        self._folder = folder / feed.name
        self._documents = self._folder / DOCUMENTS
        self._feed = feed
        self._clock = clock
        self._lock_seconds = lock_seconds
        self._read: Mapping[Document, Entry | None] = {}

    def publish(self, alert_id: str, sign: Callable[[], bytes]) -> None:
        """Show a document and the lists with it; one that is there is not written again.

        Raise Held, OSError if nothing is shown, PartlyShown if the lists may lack it. When this
        returns, the disk has it.
        """
        with self._open() as files:
            now = self._look()
            document = Document(document_name(alert_id), 0, int(now.timestamp()))
            if alert_id not in self._entries():
                content = sign()
                files.add(self._documents / document.name, content, now)
                self._read = {**self._read, document: entry_of(content)}
            self._list(files, now)

    def refresh(self) -> None:
        """Make the lists anew of the documents that are there; raise as `publish` does."""
        with self._open() as files:
            self._list(files, self._look())

    @contextmanager
    def _open(self) -> Iterator[Writing]:
        """Hold the folder, made if need be, and show at the end what was written."""
        make(self._folder)
        make(self._documents)
        with held(self._folder / LOCK, self._lock_seconds), writing() as files:
            yield files
            files.show()

    def _look(self) -> datetime:
        """Read the documents that were written since we looked, and return when this is."""
        now = self._clock.now()
        found = self._found(int((now - self._feed.keep).timestamp()))
        known = self._read
        self._read = {
            each: known[each] if each in known else _entry(self._documents / each.name)
            for each in found
        }
        return now

    def _found(self, since: int) -> Iterator[Document]:
        with os.scandir(self._documents) as entries:
            for each in entries:
                if each.name.endswith(SUFFIX) and each.is_file():
                    seen = each.stat()
                    if int(seen.st_mtime) >= since:
                        yield Document(each.name, seen.st_size, int(seen.st_mtime))

    def _entries(self) -> dict[str, Entry]:
        return {each.alert_id: each for each in self._read.values() if each is not None}

    def _list(self, files: Writing, now: datetime) -> None:
        """Write the lists; they stay as they are as long as nothing happens and nothing expires."""
        feed, entries = self._feed, self._entries()
        newest = sorted(entries.values(), key=_newest_last, reverse=True)
        items = [item_of(each, entries, feed.language) for each in newest[: feed.most_entries]]
        updated = self._updated()
        files.add(self._folder / ATOM, atom(feed, items, updated), now)
        files.add(self._folder / RSS, rss(feed, items, updated), now)
        files.add(self._folder / GEOJSON, geojson(feed, newest, now), now)

    def _updated(self) -> datetime:
        """Return when the last document came; of an empty feed, when it was made."""
        seconds = [each.second for each in self._read]
        return datetime.fromtimestamp(max(seconds, default=self._made()), UTC)

    def _made(self) -> int:
        return int(self._documents.stat().st_mtime)


def _newest_last(entry: Entry) -> tuple[object, ...]:
    return (entry.alert.sent, entry.alert_id)


def _entry(file: Path) -> Entry | None:
    """Read a document; what is none is said, and left where it is."""
    try:
        return entry_of(file.read_bytes())
    except Refused as refused:
        log.warning("feed_document_not_read", file=file.name, reasons=len(refused.reasons))
        return None
