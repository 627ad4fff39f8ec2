import asyncio
import os
import stat
from pathlib import Path

import pytest

from sandbox.witness import Joiner, Part, Received, Witness, read, whole


def received(number: int = 1, **more: object) -> Received:
    known = {"at": "2025-11-24T08:00:00+00:00", "channel": "sms", "address": "+628123"}
    return Received(**(known | {"id": str(number)} | more))  # type: ignore[arg-type]  # a builder


async def test_what_was_written_is_on_disk_when_the_wait_ends(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "sms.jsonl")
    await witness.write(received(text="air laut surut"))
    assert [each.text for each in read(witness.path)] == ["air laut surut"]
    await witness.close()


async def test_many_writers_share_a_commit_and_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[None] = []
    to_disk = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: commits.append(to_disk(file)))
    witness = Witness(tmp_path / "sms.jsonl")
    await asyncio.gather(*(witness.write(received(number)) for number in range(500)))
    await witness.close()
    assert [each.id for each in read(witness.path)] == [str(number) for number in range(500)]
    assert len(commits) < 10


async def test_a_disk_that_does_not_take_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(28, f"no space for {file}")

    witness = Witness(tmp_path / "sms.jsonl")
    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(OSError, match="no space"):
        await witness.write(received())
    monkeypatch.undo()
    await witness.write(received(2))
    await witness.close()


async def test_a_line_that_a_crash_cut_off_is_left_out_and_mended(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    witness = Witness(path)
    await witness.write(received(1))
    await witness.close()
    with path.open("ab") as file:
        file.write(b'{"at":"2025')
    assert [each.id for each in read(path)] == ["1"]
    again = Witness(path)
    await again.write(received(2))
    await again.close()
    assert [each.id for each in read(path)] == ["1", "2"]


async def test_only_the_owner_reads_what_people_got(tmp_path: Path) -> None:
    witness = Witness(tmp_path / "sms.jsonl")
    await witness.close()
    assert stat.S_IMODE(witness.path.stat().st_mode) == 0o600


def test_a_file_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "sms.jsonl") == []


def test_the_parts_of_a_long_message_become_one_in_whatever_order_they_came() -> None:
    parts = [
        received(2, text="to high ground", part=Part(7, 2, 2)),
        received(3, text="another one"),
        received(1, text="Go now ", part=Part(7, 2, 1)),
    ]
    assert [each.text for each in whole(parts)] == ["another one", "Go now to high ground"]


def test_parts_of_different_people_are_kept_apart() -> None:
    parts = [
        received(1, text="a", part=Part(7, 2, 1)),
        received(2, text="b", part=Part(7, 2, 2), address="+62999"),
    ]
    assert list(whole(parts)) == []


def test_parts_that_never_become_whole_are_forgotten() -> None:
    joiner = Joiner(most_open=2)
    for number in range(5):
        assert joiner.join(received(number, part=Part(number, 2, 1))) is None
    assert joiner.join(received(9, part=Part(0, 2, 2))) is None
    assert joiner.join(received(9, part=Part(4, 2, 2))) is not None
