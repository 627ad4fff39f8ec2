import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from structlog.testing import capture_logs

from common.cap import Alert, alert_id, read, verify_signature, write_xml
from common.cap.signature import SignatureState
from common.clock import Clock, SystemClock
from notification.channels.feed import FeedProvider, Settings
from notification.feeds.lock import held
from notification.manifest import load_channels
from notification.ports import (
    Accepted,
    Answer,
    ProviderDown,
    PutOff,
    Receipt,
    Refused,
    Unsure,
    Window,
)
from notification.providers_file import ProvidersRefused, read_providers
from notification.reason import Reason
from sandbox.app import Sandbox
from testkit.builders import alert, follow_up, info
from testkit.certificates import signer_pem
from testkit.clock import NOON, StoppedClock
from testkit.contracts.channel import Practice
from testkit.shared import messages
from testkit.waiting import until

Makes = Callable[..., Window]
MANY = tuple(f"feed-{number}" for number in range(20))
STUCK, BLOCKED, STRANGE = "stuck", "blocked", "strange"
NAMES = (*MANY, STUCK, BLOCKED)
# Where a writer writes a document before anything is shown, and what it shows after it.
FIRST_PARTIAL, SECOND_FILE = "cap/.0.partial", "atom.xml"


async def unheard(receipt: Receipt) -> None:
    del receipt


def settings(folder: Path, **changed: Any) -> Settings:
    key, certificate = folder / "feed.key", folder / "feed.crt"
    if not key.exists():
        for file, pem in zip((key, certificate), signer_pem(), strict=True):
            file.write_bytes(pem)
    known = {
        "practice": True,
        "folder": folder / "public",
        "base_url": "https://alerts.village.example/feeds",
        "feeds": {name: f"Alerts of {name}" for name in NAMES},
        "key_file": key,
        "certificate_file": certificate,
        "lock_seconds": 0.2,
        "answer_seconds": 2.0,
        "refresh_seconds": 3_600.0,
    }
    return Settings.model_validate(known | changed)


def provider(folder: Path, clock: Clock | None = None, **changed: Any) -> FeedProvider:
    return FeedProvider("public", settings(folder, **changed), unheard, clock or SystemClock())


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def whole(make_window: Makes, addresses: Sequence[str], of: Alert, **changed: Any) -> Window:
    window = make_window(addresses, **{"status": of.status.value, **changed})
    return replace(window, text=replace(window.text, document=write_xml(of).decode()))


def documents(folder: Path) -> Iterator[Path]:
    return folder.glob("*/cap/*.xml")


class Rehearsal:
    """Feeds in a folder of their own, some of which are in trouble as real ones would be."""

    def __init__(self, home: Path, make_window: Makes) -> None:
        self.home = home
        self.public = home / "public"
        self._make_window = make_window
        self._trouble = ExitStack()
        self._scope: dict[str, Any] = {}
        self.public.mkdir()
        hang(self.public / STUCK)
        (self.public / BLOCKED / SECOND_FILE / "in the way").mkdir(parents=True)

    def window(self, addresses: Sequence[str], **changed: Any) -> Window:
        """Make a window whose document says what its text says."""
        window = self._make_window(addresses, **changed)
        headline = window.text.headline.replace("\x00", "")
        expires = now() + timedelta(hours=1)
        said = info(headline=headline, description=window.text.body, expires=expires)
        status = window.status if window.status == "Exercise" else "Actual"
        of = alert(status=status, sent=now(), infos=(said,), **self._scope)
        return replace(window, text=replace(window.text, document=write_xml(of).decode()))

    def received(self) -> list[str]:
        return [each.parent.parent.name for each in documents(self.public)]

    def texts(self) -> list[str]:
        found = [read(each.read_bytes()).alert for each in documents(self.public)]
        return [str(each.infos[0].description) for each in found]

    def tell(self, mode: str) -> None:
        """Refuse what is not public; else have somebody else hold what we write to."""
        if mode == "refuse":
            self._scope = {"scope": "Private", "addresses": "the mayor"}
            return
        for name in MANY:
            (self.public / name).mkdir()
            self._trouble.enter_context(held(self.public / name / ".lock", 1.0))

    async def stop(self) -> None:
        self._trouble.close()
        if self.public.exists():
            let_go(self.public / STUCK)
            self.public.rename(self.home / "not mounted")


def hang(folder: Path) -> None:
    """Make a disk that does not answer: whoever writes there waits for a reader."""
    (folder / FIRST_PARTIAL).parent.mkdir(parents=True)
    os.mkfifo(folder / FIRST_PARTIAL)


def let_go(folder: Path) -> None:
    """Let a writer that waits come to its end."""
    if (folder / FIRST_PARTIAL).exists():
        os.close(os.open(folder / FIRST_PARTIAL, os.O_RDONLY | os.O_NONBLOCK))


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    rehearsal = Rehearsal(sandbox.settings.home, make_window)
    return Practice(
        make=lambda rehearsing: provider(rehearsal.home, practice=rehearsing),
        addresses=lambda count: list(MANY[:count]),
        refused=STRANGE,
        malformed="../elsewhere",
        silent=STUCK,
        lost=BLOCKED,
        window=rehearsal.window,
        received=rehearsal.received,
        texts=rehearsal.texts,
        tell=rehearsal.tell,
        stop=rehearsal.stop,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "public").mkdir()
    return tmp_path


@contextmanager
def hanging(folder: Path) -> Iterator[None]:
    hang(folder)
    try:
        yield
    finally:
        let_go(folder)


async def said(made: FeedProvider, window: Window) -> list[Answer]:
    await made.open()
    try:
        return list(await made.send(window))
    finally:
        await made.close()


def features(home: Path, name: str = "feed-0") -> list[Any]:
    found: list[Any] = json.loads((home / "public" / name / "alerts.geojson").read_bytes())[
        "features"
    ]
    return found


def entries(home: Path, name: str = "feed-0") -> list[Any]:
    found = feedparser.parse((home / "public" / name / "atom.xml").read_bytes())
    assert found.bozo is False
    return list(found.entries)


async def test_a_live_feed_carries_the_whole_alert_signed(home: Path, make_window: Makes) -> None:
    known = alert(infos=(info(), info(language="id-ID", headline="Tsunami: naik")))
    window = whole(make_window, ["feed-0"], known)
    (answer,) = await said(provider(home, StoppedClock(), practice=False), window)
    assert isinstance(answer, Accepted)
    (entry,) = entries(home)
    (document,) = documents(home / "public")
    url = f"https://alerts.village.example/feeds/feed-0/cap/{document.name}"
    assert entry.enclosures[0].href == url
    assert document.name == f"{alert_id(known.key)}.xml"
    assert verify_signature(document.read_bytes()).state is SignatureState.VALID
    assert read(document.read_bytes()).alert.infos == known.infos
    assert [each["properties"]["cap"] for each in features(home)] == [url, url]
    assert (
        feedparser.parse(home / "public" / "feed-0" / "atom.xml").feed.title == "Alerts of feed-0"
    )


async def test_a_repeat_is_the_same_message_and_changes_nothing(
    home: Path, make_window: Makes
) -> None:
    window = whole(make_window, ["feed-0"], alert())
    answers = await said(provider(home, StoppedClock()), window)
    (document,) = documents(home / "public")
    before = document.read_bytes()
    again = whole(make_window, ["feed-0"], alert(), batch_id="batch-2")
    assert await said(provider(home, StoppedClock()), again) == answers
    assert list(documents(home / "public")) == [document]
    assert document.read_bytes() == before
    other = whole(make_window, ["feed-0"], alert(identifier="w2"), alert_id="alert-2")
    assert await said(provider(home, StoppedClock()), other) != answers


async def test_a_follow_up_is_an_entry_of_its_own_and_ends_what_it_follows(
    home: Path, make_window: Makes
) -> None:
    for known in (alert(), follow_up("Update", alert()), follow_up("Cancel", alert(), minutes=9)):
        made = provider(home, StoppedClock(NOON + timedelta(minutes=10)))
        await said(made, whole(make_window, ["feed-0"], known))
    assert [each.cap_msgtype for each in entries(home)] == ["Cancel", "Update", "Alert"]
    assert features(home) == []


async def test_what_expires_leaves_the_map_though_nothing_is_sent(
    home: Path, make_window: Makes
) -> None:
    clock = StoppedClock()
    made = provider(home, clock)
    await made.open()
    await made.send(whole(make_window, ["feed-0"], alert()))
    assert len(features(home)) == 1
    clock.forward(timedelta(hours=2))
    await made.refresh()
    await made.close()
    assert features(home) == []
    assert len(entries(home)) == 1


async def test_it_looks_after_its_feeds_from_the_beginning(home: Path) -> None:
    made = provider(home, feeds={"village": "Alerts of our village"})
    await made.open()
    await until((home / "public" / "village" / "alerts.geojson").exists)
    await made.close()
    assert features(home, "village") == []


@pytest.mark.parametrize("status", ["Exercise", "System", "Test", "Draft"])
async def test_an_exercise_never_stands_in_a_public_feed(
    home: Path, make_window: Makes, status: str
) -> None:
    drill = alert(status=status)
    for claimed in (status, "Actual"):
        window = whole(make_window, ["feed-0"], drill, status=claimed)
        answers = await said(provider(home, practice=False), window)
        assert answers == [Refused(Reason.EXERCISE_ON_LIVE_PROVIDER)]
    assert list(documents(home / "public")) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": "Restricted", "restriction": "fire brigade"},
        {"scope": "Private", "addresses": "mayor@village.example"},
    ],
)
async def test_what_is_not_public_stands_in_no_feed(
    home: Path, make_window: Makes, changed: dict[str, Any]
) -> None:
    window = whole(make_window, ["feed-0", "feed-1"], alert(**changed))
    for rehearsing in (True, False):
        answers = await said(provider(home, practice=rehearsing), window)
        assert answers == [Refused(Reason.NOT_FOR_THE_PUBLIC)] * 2
    assert list(documents(home / "public")) == []


async def test_without_a_document_there_is_nothing_to_publish(
    home: Path, make_window: Makes
) -> None:
    answers = await said(provider(home), make_window(["feed-0"]))
    assert answers == [Refused(Reason.REQUEST_MALFORMED)]


async def test_a_disk_that_does_not_answer_holds_no_other_feed(
    home: Path, make_window: Makes
) -> None:
    with hanging(home / "public" / STUCK):
        window = whole(make_window, [STUCK, "feed-0"], alert())
        stuck, well = await said(provider(home, answer_seconds=0.5), window)
    assert stuck == Unsure(Reason.ANSWER_OVERDUE)
    assert isinstance(well, Accepted)


async def test_lists_that_cannot_be_replaced_leave_it_in_doubt_until_they_can(
    home: Path, make_window: Makes
) -> None:
    in_the_way = home / "public" / "feed-0" / "atom.xml" / "in the way"
    in_the_way.mkdir(parents=True)
    made = provider(home, StoppedClock())
    answers = await said(made, whole(make_window, ["feed-0"], alert()))
    assert answers == [Unsure(Reason.PARTLY_SENT)]
    in_the_way.rmdir()
    in_the_way.parent.rmdir()
    made = provider(home, StoppedClock())
    await made.refresh()
    assert len(entries(home)) == len(features(home)) == 1


async def test_a_feed_that_cannot_be_written_is_put_off_and_holds_no_other(
    home: Path, make_window: Makes
) -> None:
    (home / "public" / "feed-1").write_bytes(b"no folder")
    answers = await said(provider(home), whole(make_window, ["feed-0", "feed-1"], alert()))
    assert isinstance(answers[0], Accepted)
    assert answers[1] == PutOff(Reason.PROVIDER_FAILED, 15.0)


async def test_a_provider_none_of_whose_feeds_can_be_written_is_down(
    home: Path, make_window: Makes
) -> None:
    (home / "public").rmdir()
    window = whole(make_window, ["feed-0", "feed-1", STRANGE], alert())
    with pytest.raises(ProviderDown, match="provider_failed"):
        await said(provider(home), window)
    assert not (home / "public").exists()


async def test_a_feed_that_somebody_else_holds_is_busy(home: Path, make_window: Makes) -> None:
    (home / "public" / "feed-0").mkdir()
    with held(home / "public" / "feed-0" / ".lock", 1.0):
        answers = await said(provider(home), whole(make_window, ["feed-0"], alert()))
    assert answers == [PutOff(Reason.PROVIDER_BUSY, 2.0)]


async def test_a_certificate_that_readers_will_not_believe_is_said(home: Path) -> None:
    with capture_logs() as logged:
        made = provider(home, StoppedClock(datetime(1999, 1, 1, tzinfo=UTC)))
        await made.open()
        await made.close()
    assert "feed_certificate_not_valid" in [each["event"] for each in logged]


async def test_what_is_logged_names_no_recipient(home: Path, make_window: Makes) -> None:
    (home / "public" / "feed-1").write_bytes(b"no folder")
    made, window = provider(home), whole(make_window, ["feed-1"], alert())
    with capture_logs() as logged, pytest.raises(ProviderDown):
        await made.send(window)
    assert [each["event"] for each in logged] == ["feed_not_written"]
    assert "feed-1" not in str(logged)


@pytest.mark.parametrize("name", messages("valid"))
async def test_every_public_alert_of_others_can_be_published(
    home: Path, make_window: Makes, name: str
) -> None:
    known = read(messages("valid")[name]).alert
    answers = await said(provider(home), whole(make_window, ["feed-0"], known))
    assert isinstance(answers[0], Accepted) is (known.scope == "Public")
    assert len(list(documents(home / "public"))) == (known.scope == "Public")


def test_a_provider_takes_its_own_feeds_only(home: Path) -> None:
    made = provider(home, feeds={"village": "Alerts of our village"})
    assert made.takes("village")
    assert not made.takes("harbor")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ('feeds = "village"', "feeds: .*a table"),
        ("feeds = {}", "feeds: "),
        ('feeds = {"../etc" = "Etc"}', "feeds: .*small letters, digits and -"),
        ('feeds = {village = " "}', "feeds: .*and a title"),
        ('base_url = "http://alerts.example"', "base_url is https"),
        ('base_url = "https://alerts.example/?a=1"', "base_url is https"),
        ('base_url = "https://alerts.example/\\n"', "base_url is https"),
        ("keep_days = 0", "keep_days: "),
        ('link_test_address = "village"', "link_test_address: .*read by everybody"),
        ('colour = "red"', "colour: "),
    ],
)
def test_a_wrong_setting_is_named(changed: str, complaint: str) -> None:
    known = {
        "folder": '"/srv/feeds"',
        "base_url": '"https://alerts.example/feeds"',
        "feeds": '{village = "Alerts"}',
        "key_file": '"feed.key"',
        "certificate_file": '"feed.crt"',
    }
    name, _, value = changed.partition(" = ")
    table = "\n".join(f"{key} = {each}" for key, each in {**known, name: value}.items())
    with pytest.raises(ProvidersRefused, match=complaint):
        read_providers(f"[feed.public]\n{table}", load_channels())


def test_a_key_that_is_not_the_certificates_is_refused(home: Path) -> None:
    made = settings(home)
    made.key_file.write_bytes(signer_pem()[0])
    with pytest.raises(ValueError, match="not that of the key"):
        provider(home)
