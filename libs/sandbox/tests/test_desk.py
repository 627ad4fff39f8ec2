"""What a provider of the sandbox received is on disk before anybody is shown it."""

import itertools
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from sandbox.book import Book, Wanted
from sandbox.desk import Desk
from sandbox.faults import Behavior, Mode
from sandbox.witness import Received, Witness, read
from testkit.clock import StoppedClock


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    witness, numbers = Witness(tmp_path / "sms.jsonl"), itertools.count(1)
    yield Desk(
        channel="sms",
        behavior=Behavior(time.monotonic),
        witness=witness,
        book=Book(),
        clock=StoppedClock(),
        new_id=lambda: str(next(numbers)),
    )
    await witness.close()


def received(desk: Desk) -> Received:
    return Received(at=desk.now(), channel=desk.channel, id=desk.new_id(), address="+628123")


def shown(desk: Desk) -> list[Received]:
    return [each.message for each in desk.book.newest(Wanted(), most=10)]


async def test_what_is_written_down_is_on_disk_and_in_the_book(desk: Desk) -> None:
    first, second = received(desk), received(desk)
    await desk.write_down(first)
    await desk.write_down(second)
    assert read(desk.witness.path) == [first, second]
    assert shown(desk) == [second, first]


async def test_what_a_liar_takes_is_on_disk_and_shown_to_nobody(desk: Desk) -> None:
    owing = msgspec.structs.replace(received(desk), receipt="delivered")
    taken = await desk.write_down(owing, Mode.LIE)
    assert (taken.thrown_away, taken.receipt) == (True, "")
    assert read(desk.witness.path) == [taken]
    assert shown(desk) == []


async def test_what_the_disk_does_not_take_is_shown_to_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(28, f"no space for {file}")

    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(OSError, match="no space"):
        await desk.write_down(received(desk))
    assert shown(desk) == []


async def test_an_instant_is_written_down_to_the_millisecond_with_its_zone(desk: Desk) -> None:
    assert desk.now() == "2026-03-01T12:00:00.000+00:00"
