import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from sandbox.book import Book
from sandbox.desk import Desk
from sandbox.fates import SHOWN, Fates, LostError, Refused
from sandbox.faults import Behavior, Mode
from sandbox.witness import Received, Witness, read

MESSAGE = Received(at="2026-03-01T12:00:00.000Z", channel="push", id="m1", address="anna")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    witness = Witness(tmp_path / "push.jsonl")
    behavior = Behavior(time.monotonic)
    yield Desk("push", behavior, witness, Book(), SystemClock(), lambda: secrets.token_hex(8))
    await witness.close()


def test_whoever_has_no_fate_is_shown_it(desk: Desk) -> None:
    assert Fates(desk).of("", "anna", Mode.NORMAL) is SHOWN
    assert Fates(desk).of("no-fate", "anna", Mode.NORMAL) is SHOWN


def test_a_fate_of_once_is_met_once_by_each(desk: Desk) -> None:
    fates = Fates(desk)
    met = [fates.of("busy-once", each, Mode.NORMAL).status for each in ("anna", "anna", "budi")]
    assert met == [429, 201, 429]


def test_a_service_that_is_told_to_refuse_refuses_everybody(desk: Desk) -> None:
    assert Fates(desk).of("gone", "anna", Mode.REFUSE).status == 400


async def test_a_refusal_is_written_down_before_it_is_said(desk: Desk) -> None:
    fates = Fates(desk)
    with pytest.raises(Refused, match="too many requests") as refused:
        await fates.meet(MESSAGE, fates.of("busy", "anna", Mode.NORMAL), Mode.NORMAL)
    assert (refused.value.status, refused.value.retry_after) == (429, "2")
    assert [each.answer for each in read(desk.witness.path)] == ["429"]


async def test_what_is_lost_was_taken(desk: Desk) -> None:
    fates = Fates(desk)
    with pytest.raises(LostError):
        await fates.meet(MESSAGE, fates.of("lost", "anna", Mode.NORMAL), Mode.NORMAL)
    assert [each.answer for each in read(desk.witness.path)] == ["accepted"]
