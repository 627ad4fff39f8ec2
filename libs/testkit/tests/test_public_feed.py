from pathlib import Path

import pytest

from common.cap import Alert, alert_id, write_xml
from notification.channels.feed import Settings
from notification.feeds.shelf import Shelf
from testkit.builders import alert, info
from testkit.clock import StoppedClock
from testkit.public_feed import NAME, entries, provider

FLOOD = alert(infos=(info(headline="Flood F0001"),))


def publish(folder: Path, *alerts: Alert) -> Path:
    """Write alerts as the provider of feeds does, and return the list that readers read."""
    settings = Settings.model_validate(provider(folder))
    feed = settings.feed(*settings.feeds[0])
    shelf = Shelf(settings.folder, feed, StoppedClock(), 1.0)
    for each in alerts:
        shelf.publish(alert_id(each.key), lambda each=each: write_xml(each))  # type: ignore[misc]
    return settings.folder / NAME / "atom.xml"


def test_a_reader_finds_an_alert_that_was_sent_twice_once(tmp_path: Path) -> None:
    publish(tmp_path / "feed", FLOOD, FLOOD)
    (found,) = entries(tmp_path / "feed")
    assert (found.address, found.headline) == (NAME, "Tsunami: Flood F0001")
    assert found.reference.endswith(alert_id(FLOOD.key))


def test_an_entry_that_stands_there_twice_is_two(tmp_path: Path) -> None:
    file = publish(tmp_path / "feed", FLOOD)
    before, entry, after = file.read_text().partition("<entry")
    entry += after.removesuffix("</feed>")
    file.write_text(f"{before}{entry}{entry}</feed>")
    first, second = entries(tmp_path / "feed")
    assert first.reference == second.reference
    assert first.id != second.id


def test_before_the_first_alert_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert not list(entries(tmp_path))


def test_a_feed_that_nobody_can_read_is_no_empty_feed(tmp_path: Path) -> None:
    file = publish(tmp_path / "feed", FLOOD)
    file.write_text(file.read_text().removesuffix("</feed>"))
    with pytest.raises(ValueError, match="no reader reads"):
        list(entries(tmp_path / "feed"))
