"""Providers are exchanged while we run, and a mistake in the file changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.observability import rings
from common.subjects import Priority
from notification import reach
from notification.linktests.link import Link
from notification.manifest import ChannelKind, load_channels
from notification.ports import Accepted, Answer, Recipient, Text, Window
from notification.providers_file import Entry, ProvidersRefused
from notification.roster import Roster

ONE = "[sms.one]\nkind = 'smpp'\n"
TWO = "[sms.two]\nkind = 'smpp'\n"
WINDOW = Window(
    alert_id="alert-1",
    batch_id="batch-1",
    chain="alert-1",
    status="Actual",
    priority=Priority.ROUTINE,
    text=Text("en-US", "Flood", "Go."),
    recipients=(Recipient("r1", "p1", "+628111"),),
    expires_at=datetime(2027, 1, 1, tzinfo=UTC),
)


@dataclass
class Paper:
    """A provider in memory that takes its time if it is told to."""

    name: str
    practice: bool = False
    lived: list[str] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        if self.name == "busy":
            raise OSError("address already in use")
        self.lived.append("opened")

    async def close(self) -> None:
        self.lived.append("closed")

    def takes(self, address: str) -> bool:
        return not address.startswith("+1")

    async def send(self, window: Window) -> Sequence[Answer]:
        await self.hold.wait()
        self.lived.append("sent")
        return [Accepted("m")] * len(window.recipients)


class Hall:
    """A roster over a file, and the providers that it made."""

    def __init__(self, file: Path, *, immediate: bool = False) -> None:
        kinds: dict[str, ChannelKind] = load_channels()
        self.file = file
        self.made: dict[str, Paper] = {}
        self.roster = Roster(file, kinds, immediate=immediate, random=lambda: 0.5)

    def make(self, entry: Entry) -> Paper:
        self.made[entry.name] = Paper(entry.name)
        return self.made[entry.name]

    async def write(self, text: str) -> None:
        self.file.write_text(text)
        await self.roster.look()

    def send(self) -> "asyncio.Task[object]":
        return asyncio.ensure_future(self.roster.routes["sms"].send(WINDOW, _always))


async def _always() -> bool:
    return True


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    file = tmp_path / "providers.toml"
    file.write_text(ONE)
    hall = Hall(file)
    await hall.roster.open(hall.make)
    yield hall
    for paper in hall.made.values():
        paper.hold.set()
    await hall.roster.close()


async def test_a_new_provider_takes_the_place_of_the_old_one(hall: Hall) -> None:
    await hall.write(TWO)
    hall.made["two"].hold.set()
    await hall.send()
    await asyncio.sleep(0.1)
    assert hall.made["two"].lived == ["opened", "sent"]
    assert hall.made["one"].lived == ["opened", "closed"]


async def test_what_is_on_its_way_comes_to_its_end_with_the_old_provider(hall: Hall) -> None:
    sending = hall.send()
    await asyncio.sleep(0.01)
    await hall.write(TWO)
    await asyncio.sleep(0.1)
    assert hall.made["one"].lived == ["opened"]
    hall.made["one"].hold.set()
    await sending
    await asyncio.sleep(0.1)
    assert hall.made["one"].lived == ["opened", "sent", "closed"]


async def test_a_provider_whose_settings_are_the_same_is_not_opened_anew(hall: Hall) -> None:
    await hall.write(ONE + TWO)
    assert hall.made["one"].lived == ["opened"]


@pytest.mark.parametrize("wrong", ["[sms", "[sms.one]\nkind = 'pigeon'"])
async def test_a_mistake_changes_nothing_and_rings_until_it_is_mended(
    hall: Hall, wrong: str
) -> None:
    await hall.write(wrong)
    assert rings.ringing() == ("provider_settings_refused",)
    hall.made["one"].hold.set()
    await hall.send()
    await hall.write(ONE)
    assert rings.ringing() == ()
    assert hall.made["one"].lived == ["opened", "sent"]


async def test_a_provider_that_cannot_open_changes_nothing(hall: Hall) -> None:
    await hall.write(ONE.replace("one", "busy"))
    assert rings.ringing() == ("provider_settings_refused",)
    assert hall.made["one"].lived == ["opened"]
    await hall.write(ONE)


async def test_when_one_cannot_open_the_others_are_closed_again(hall: Hall) -> None:
    await hall.write(f"{ONE}[sms.zero]\nkind = 'smpp'\n[sms.busy]\nkind = 'smpp'\n")
    assert rings.ringing() == ("provider_settings_refused",)
    assert hall.made["zero"].lived == ["opened", "closed"]
    assert hall.made["one"].lived == ["opened"]
    await hall.write(ONE)


async def test_who_was_down_and_is_taken_out_rings_no_longer(hall: Hall) -> None:
    reach.lost("sms", "one")
    await hall.write(TWO)
    assert rings.ringing() == ()


async def test_a_file_that_is_gone_changes_nothing(hall: Hall) -> None:
    hall.file.unlink()
    await hall.roster.look()
    assert rings.ringing() == ("provider_settings_refused",)
    await hall.write(ONE)


async def test_nobody_starts_without_the_file(tmp_path: Path) -> None:
    hall = Hall(tmp_path / "nowhere.toml")
    with pytest.raises(ProvidersRefused, match=r"nowhere\.toml cannot be read"):
        await hall.roster.open(hall.make)


async def test_a_link_test_must_be_of_a_kind_that_its_provider_reaches(hall: Hall) -> None:
    await hall.write(f"{ONE}link_test_address = '+12025550123'")
    assert rings.ringing() == ("provider_settings_refused",)
    (kept,) = hall.roster.entries()
    assert kept.settings.link_test_address == ""
    await hall.write(f"{ONE}link_test_address = '+628123009999'")
    assert rings.ringing() == ()


@pytest.mark.parametrize(
    ("immediate", "links"),
    [
        (False, {Link("sms", "one"), Link("sms", "two")}),
        (True, {Link("sms", "two", immediate=True)}),
    ],
)
async def test_the_immediate_lane_has_links_of_its_own_where_it_has_settings_of_its_own(
    tmp_path: Path, *, immediate: bool, links: set[Link]
) -> None:
    file = tmp_path / "providers.toml"
    file.write_text(f"{ONE}{TWO}[sms.two.immediate]\nsystem_id = 'fast'")
    hall = Hall(file, immediate=immediate)
    await hall.roster.open(hall.make)
    assert set(hall.roster.links()) == links
    assert [each.name for each in hall.roster.entries()] == ["one", "two"]
    await hall.roster.close()
