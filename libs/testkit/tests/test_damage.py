"""A disk is full for a while, and exactly one bit turns over, the same one each time."""

import os
from pathlib import Path

import pytest

from testkit.damage import filled, flip_a_bit
from testkit.ground import small_disk

BLOCK = bytes(range(256)) * 16


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    folder = tmp_path / "streams" / "ALERTS"
    (folder / "msgs").mkdir(parents=True)
    (folder / "msgs" / "9.blk").write_bytes(b"old")
    (folder / "msgs" / "10.blk").write_bytes(BLOCK)
    (folder / "msgs" / "11.blk").touch()
    return folder


def test_one_bit_of_the_newest_block_that_holds_anything_turns_over(stream: Path) -> None:
    flipped = flip_a_bit(stream, 3)
    after = (stream / "msgs" / "10.blk").read_bytes()
    different = [place for place in range(len(BLOCK)) if BLOCK[place] != after[place]]
    assert different == [flipped.octet]
    assert BLOCK[flipped.octet] ^ after[flipped.octet] == 1 << flipped.bit
    assert str(flipped).endswith("of 4096 of ALERTS/10.blk")


def test_the_same_number_turns_the_same_bit_back_over(stream: Path) -> None:
    assert flip_a_bit(stream, 3) == flip_a_bit(stream, 3)
    assert (stream / "msgs" / "10.blk").read_bytes() == BLOCK
    assert flip_a_bit(stream, 4) != flip_a_bit(stream, 5)


def test_a_stream_without_a_block_cannot_be_damaged(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no block"):
        flip_a_bit(tmp_path, 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk of its own")
def test_on_a_filled_disk_nobody_can_write_until_the_file_goes(tmp_path: Path) -> None:
    with small_disk(_made(tmp_path / "village")):
        file = tmp_path / "village" / "ledger"
        with filled(tmp_path / "village"), pytest.raises(OSError, match="No space left"):
            file.write_bytes(BLOCK)
        file.write_bytes(BLOCK)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
