"""A file is known by what it is, not by its name."""

from pathlib import Path

import pytest

from intake.adapters.store_file import StoreFile
from intake.ports import JournalUnavailable


@pytest.fixture
def file(tmp_path: Path) -> StoreFile:
    (tmp_path / "a.db").touch()
    known = StoreFile.of(f"sqlite+aiosqlite:///{tmp_path}/a.db")
    known.know()
    return known


def test_another_file_under_the_same_name_is_noticed(file: StoreFile, tmp_path: Path) -> None:
    assert not file.is_replaced()
    (tmp_path / "b.db").touch()
    (tmp_path / "b.db").rename(tmp_path / "a.db")
    assert file.is_replaced()
    with pytest.raises(JournalUnavailable):
        file.require()


def test_a_file_without_its_log_is_noticed(file: StoreFile, tmp_path: Path) -> None:
    assert not file.has_log()
    (tmp_path / "a.db-wal").touch()
    assert file.has_log()


def test_a_store_of_a_server_has_no_file_to_lose() -> None:
    server = StoreFile.of("postgresql+psycopg://intake@db.example/intake")
    server.know()
    server.require()
    assert server.has_log()
    assert not server.is_replaced()
