from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from common.cap import Alert, write_xml
from common.cap.signing import Signer, read_signer
from notification.feeds.entry import Entry, entry_of
from notification.feeds.feed import Feed
from notification.feeds.shelf import Shelf
from testkit.certificates import signer_pem
from testkit.clock import NOON, StoppedClock


@cache
def known_signer() -> Signer:
    return read_signer(*signer_pem())


@pytest.fixture
def signer() -> Signer:
    return known_signer()


@pytest.fixture
def feed() -> Feed:
    return Feed(
        name="village",
        title="Warnings of Teluk Harapan",
        url="https://alerts.village.example/feeds/village",
        author="Teluk Harapan",
    )


@pytest.fixture
def as_entry() -> Callable[[Alert], Entry]:
    return lambda alert: entry_of(write_xml(alert))


@pytest.fixture
def make_shelf(tmp_path: Path, feed: Feed) -> Callable[..., Shelf]:
    def make(at: datetime = NOON, lock_seconds: float = 5.0) -> Shelf:
        return Shelf(tmp_path, feed, StoppedClock(at), lock_seconds)

    return make
