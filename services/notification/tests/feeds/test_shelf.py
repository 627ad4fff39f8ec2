import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import feedparser
import pytest

from common.cap import Alert, alert_id, read, write_xml
from common.cap.signing import Signer
from notification.feeds.feed import Feed
from notification.feeds.lock import Held, held
from notification.feeds.shelf import Shelf
from testkit.builders import alert, follow_up, info
from testkit.clock import NOON, StoppedClock
from testkit.shared import messages

Makes = Callable[..., Shelf]
MANY = 15
NO_LIMIT = -1
# A writer of its own: it says what it has published, which must be on disk by then. The kernel lets
# it write no more than its room to a file, as if the disk were full.
WRITER = """
import resource
import signal
import sys
from pathlib import Path
from common.cap import alert_id, write_xml
from notification.feeds.feed import Feed
from notification.feeds.shelf import Shelf
from testkit.builders import alert
from testkit.clock import StoppedClock

folder, name = Path(sys.argv[1]), sys.argv[2]
count, words, room = map(int, sys.argv[3:])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
feed = Feed("village", "Village", "https://alerts.village.example/village", "Village")
shelf = Shelf(folder, feed, StoppedClock(), 60.0)
print("ready", flush=True)
for number in range(count):
    known = alert(identifier=f"{name}-{number}", note="x" * words)
    shelf.publish(alert_id(known.key), lambda: write_xml(known))
    print(alert_id(known.key), flush=True)
"""


def writer(
    folder: Path, name: str, count: int = MANY, words: int = 0, room: int = NO_LIMIT
) -> subprocess.Popen[str]:
    figures = (str(each) for each in (count, words, room))
    command = [sys.executable, "-c", WRITER, str(folder), name, *figures]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def publish(shelf: Shelf, of: Alert) -> None:
    shelf.publish(alert_id(of.key), lambda: write_xml(of))


def listed(folder: Path) -> list[str]:
    found = feedparser.parse((folder / "village" / "atom.xml").read_bytes())
    assert found.bozo is False
    same = feedparser.parse((folder / "village" / "rss.xml").read_bytes())
    assert [each.id for each in same.entries] == [each.id for each in found.entries]
    return [each.id.rpartition(":")[2] for each in found.entries]


def mapped(folder: Path) -> list[str]:
    features = json.loads((folder / "village" / "alerts.geojson").read_bytes())["features"]
    return [each["properties"]["identifier"] for each in features]


def files(folder: Path) -> dict[str, tuple[int, int]]:
    found = [each for each in folder.rglob("*") if each.is_file()]
    seen = {str(each.relative_to(folder)): each.stat() for each in found}
    return {name: (each.st_ino, each.st_mtime_ns) for name, each in seen.items()}


def test_what_is_published_is_in_its_document_the_lists_and_the_map(
    make_shelf: Makes, tmp_path: Path
) -> None:
    publish(make_shelf(), alert())
    known = alert_id(alert().key)
    document = tmp_path / "village" / "cap" / f"{known}.xml"
    assert read(document.read_bytes()).alert == alert()
    assert listed(tmp_path) == [known]
    assert mapped(tmp_path) == ["wave-1"]
    assert sorted(files(tmp_path)) == [
        "village/.lock",
        "village/alerts.geojson",
        "village/atom.xml",
        f"village/cap/{known}.xml",
        "village/rss.xml",
    ]


def test_a_second_time_nothing_is_written(make_shelf: Makes, tmp_path: Path) -> None:
    publish(make_shelf(), alert())
    before = files(tmp_path)
    publish(make_shelf(at=NOON + timedelta(minutes=5)), alert())
    assert files(tmp_path) == before


def test_a_cancel_is_listed_and_takes_what_it_ends_from_the_map(
    make_shelf: Makes, tmp_path: Path
) -> None:
    cancel = follow_up("Cancel", alert(), infos=())
    publish(make_shelf(), alert())
    publish(make_shelf(at=NOON + timedelta(minutes=5)), cancel)
    assert listed(tmp_path) == [alert_id(cancel.key), alert_id(alert().key)]
    assert mapped(tmp_path) == []
    titles = [e.title for e in feedparser.parse(tmp_path / "village" / "atom.xml").entries]
    assert titles[0] == "CANCELLED: Tsunami: go to high ground now"


def test_what_expires_leaves_the_map_by_itself_and_stays_listed(
    make_shelf: Makes, tmp_path: Path
) -> None:
    publish(make_shelf(), alert())
    before = files(tmp_path)
    make_shelf(at=NOON + timedelta(minutes=119)).refresh()
    assert files(tmp_path) == before
    make_shelf(at=NOON + timedelta(minutes=120)).refresh()
    assert mapped(tmp_path) == []
    assert listed(tmp_path) == [alert_id(alert().key)]
    after = files(tmp_path)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"village/alerts.geojson"}


def test_a_feed_is_there_before_its_first_alert(make_shelf: Makes, tmp_path: Path) -> None:
    make_shelf().refresh()
    assert listed(tmp_path) == []
    assert mapped(tmp_path) == []
    before = files(tmp_path)
    make_shelf(at=NOON + timedelta(days=1)).refresh()
    assert files(tmp_path) == before


def test_a_feed_says_when_it_changed(make_shelf: Makes, tmp_path: Path) -> None:
    publish(make_shelf(), alert(sent=NOON - timedelta(hours=1)))
    found = feedparser.parse(tmp_path / "village" / "atom.xml")
    assert found.feed.updated == "2026-03-01T12:00:00+00:00"
    assert found.entries[0].updated == "2026-03-01T11:00:00+00:00"


def test_the_lists_hold_the_newest_and_the_map_all_that_is_in_force(
    feed: Feed, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path, replace(feed, most_entries=2), StoppedClock(), 5.0)
    each = [alert(identifier=f"w{n}", sent=NOON + timedelta(minutes=n)) for n in (2, 0, 1)]
    for known in each:
        publish(shelf, known)
    assert listed(tmp_path) == [alert_id(each[0].key), alert_id(each[2].key)]
    assert mapped(tmp_path) == ["w2", "w1", "w0"]


def test_what_is_old_is_listed_no_more_and_its_document_stays(
    make_shelf: Makes, tmp_path: Path
) -> None:
    publish(make_shelf(), alert())
    make_shelf(at=NOON + timedelta(days=90)).refresh()
    assert len(listed(tmp_path)) == 1
    make_shelf(at=NOON + timedelta(days=90, seconds=1)).refresh()
    assert listed(tmp_path) == []
    assert len(list((tmp_path / "village" / "cap").glob("*.xml"))) == 1


def test_a_document_that_is_none_hides_no_other(make_shelf: Makes, tmp_path: Path) -> None:
    shelf = make_shelf()
    publish(shelf, alert())
    (tmp_path / "village" / "cap" / "strange.xml").write_bytes(b"<html/>")
    other = alert(identifier="fire-1")
    publish(shelf, other)
    assert set(listed(tmp_path)) == {alert_id(alert().key), alert_id(other.key)}


def test_lists_that_were_lost_come_back(make_shelf: Makes, tmp_path: Path) -> None:
    publish(make_shelf(), alert())
    (tmp_path / "village" / "atom.xml").unlink()
    (tmp_path / "village" / "alerts.geojson").write_bytes(b"{")
    make_shelf().refresh()
    assert listed(tmp_path) == [alert_id(alert().key)]
    assert mapped(tmp_path) == ["wave-1"]


def test_nobody_writes_while_another_does(make_shelf: Makes, tmp_path: Path) -> None:
    shelf = make_shelf(lock_seconds=0.05)
    publish(shelf, alert())
    with held(tmp_path / "village" / ".lock", 1.0), pytest.raises(Held):
        publish(shelf, alert(identifier="fire-1"))
    assert mapped(tmp_path) == ["wave-1"]


def test_two_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    writers = [writer(tmp_path, name) for name in ("harbor", "hill")]
    said = [each.communicate(timeout=60)[0].split() for each in writers]
    assert [each.returncode for each in writers] == [0, 0]
    published = {each for lines in said for each in lines[1:]}
    assert len(published) == 2 * MANY
    assert set(listed(tmp_path)) == published
    assert len(mapped(tmp_path)) == 2 * MANY
    before = files(tmp_path)
    anew = Feed("village", "Village", "https://alerts.village.example/village", "Village")
    Shelf(tmp_path, anew, StoppedClock(), 5.0).refresh()
    assert files(tmp_path) == before


@pytest.mark.parametrize("after", [1, 2, 4, 7])
def test_a_writer_that_is_killed_leaves_no_half_and_loses_nothing(
    make_shelf: Makes, tmp_path: Path, after: int
) -> None:
    killed = writer(tmp_path, "harbor", count=1_000, words=200_000)
    assert killed.stdout is not None
    said = [killed.stdout.readline().strip() for _ in range(after + 1)][1:]
    killed.send_signal(signal.SIGKILL)
    said += killed.communicate()[0].split()
    for name in ("atom.xml", "rss.xml"):
        assert feedparser.parse((tmp_path / "village" / name).read_bytes()).bozo is False
    json.loads((tmp_path / "village" / "alerts.geojson").read_bytes())
    for each in (tmp_path / "village" / "cap").glob("*.xml"):
        assert read(each.read_bytes()).alert.sender == alert().sender
    make_shelf().refresh()
    assert set(said) <= set(listed(tmp_path))
    left = [each for each in files(tmp_path) if each.endswith(".partial")]
    publish(make_shelf(), alert())
    assert [each for each in files(tmp_path) if each in left] == []


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, make_shelf: Makes) -> None:
    publish(make_shelf(), alert())
    before = files(tmp_path)
    full = writer(tmp_path, "harbor", count=1, words=300_000, room=100_000)
    said, complaint = full.communicate(timeout=60)
    assert said == "ready\n"
    assert "OSError: [Errno 27] File too large" in complaint
    assert files(tmp_path) == before


def test_a_folder_that_is_not_mounted_is_not_made(make_shelf: Makes, tmp_path: Path) -> None:
    tmp_path.rename(tmp_path.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError):
        publish(make_shelf(), alert())
    assert not tmp_path.exists()


def test_every_alert_of_others_can_be_published(
    make_shelf: Makes, tmp_path: Path, signer: Signer
) -> None:
    shelf = make_shelf()
    theirs = [read(content).alert for content in messages("valid").values()]
    for known in (*theirs, alert(infos=(info(area=()),))):
        shelf.publish(alert_id(known.key), partial(signer.sign, known))
    assert len(listed(tmp_path)) == len(theirs) + 1
    assert mapped(tmp_path) == ["wave-1"]
    for known in theirs:
        document = tmp_path / "village" / "cap" / f"{alert_id(known.key)}.xml"
        found = read(document.read_bytes()).alert
        assert found.model_copy(update={"signatures": ()}) == known.model_copy(
            update={"signatures": ()}
        )
