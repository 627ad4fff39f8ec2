import os
from pathlib import Path

import pytest

from notification.feeds.files import PartlyShown, make, writing
from testkit.clock import NOON


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_file_is_shown_whole_at_its_time_and_for_everybody(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        make(tmp_path / "feed")
        with writing() as files:
            files.add(tmp_path / "feed" / "a.xml", b"new", NOON)
            assert not (tmp_path / "feed" / "a.xml").exists()
            files.show()
    finally:
        os.umask(before)
    shown = tmp_path / "feed" / "a.xml"
    assert shown.read_bytes() == b"new"
    assert shown.stat().st_mtime == NOON.timestamp()
    assert shown.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "feed").stat().st_mode & 0o777 == 0o755
    assert names(tmp_path / "feed") == ["a.xml"]


def test_what_is_in_a_file_already_is_not_written_again(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"same")
    was = (tmp_path / "a").stat()
    with writing() as files:
        files.add(tmp_path / "a", b"same", NOON)
        files.show()
    assert (tmp_path / "a").stat().st_ino == was.st_ino
    assert (tmp_path / "a").stat().st_mtime_ns == was.st_mtime_ns


def test_a_reader_keeps_the_file_that_it_has_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with (tmp_path / "a").open("rb") as reader, writing() as files:
        files.add(tmp_path / "a", b"newer", NOON)
        files.show()
        assert reader.read() == b"old"
    assert (tmp_path / "a").read_bytes() == b"newer"


def test_where_one_cannot_be_written_none_is_shown_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with writing() as files:
        files.add(tmp_path / "a", b"new", NOON)
        with pytest.raises(NotADirectoryError):
            files.add(tmp_path / "file" / "b", b"new", NOON)
    assert names(tmp_path) == ["file"]


def test_where_the_first_cannot_be_shown_none_is(tmp_path: Path) -> None:
    (tmp_path / "a" / "in the way").mkdir(parents=True)
    with writing() as files:
        files.add(tmp_path / "a", b"new", NOON)
        files.add(tmp_path / "b", b"new", NOON)
        with pytest.raises(IsADirectoryError):
            files.show()
    assert names(tmp_path) == ["a"]


def test_where_a_later_one_cannot_be_shown_some_are(tmp_path: Path) -> None:
    (tmp_path / "b" / "in the way").mkdir(parents=True)
    with writing() as files:
        files.add(tmp_path / "a", b"new", NOON)
        files.add(tmp_path / "b", b"new", NOON)
        with pytest.raises(PartlyShown):
            files.show()
    assert names(tmp_path) == ["a", "b"]


def test_what_a_dead_writer_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".0.partial").write_bytes(b"half of something longer")
    with writing() as files:
        files.add(tmp_path / "a", b"new", NOON)
        files.show()
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"new"


def test_a_folder_is_made_in_one_that_is_there_only(tmp_path: Path) -> None:
    make(tmp_path / "feed")
    make(tmp_path / "feed")
    with pytest.raises(FileNotFoundError):
        make(tmp_path / "not mounted" / "feed")
