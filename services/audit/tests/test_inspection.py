"""An auditor needs only files and a public key, and leaves no trace."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.adapters.sql_ledger import SqlLedger
from audit.checkpoint import SigningKey
from audit.inspection import StoreUnreadable, inspect
from audit.notary import Notary
from common.questions.audit import FindingKind
from testkit.contracts.ledger import Facts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def url(
    tmp_path: Path, engine: AsyncEngine, ledger: SqlLedger, notary: Notary, fact: Facts
) -> str:
    await ledger.append([fact(f"event-{n}", "rising", n + 1) for n in range(5)])
    await notary.sign(NOON)
    await engine.dispose()
    return f"sqlite+aiosqlite:///{tmp_path}/audit.db"


async def test_a_stopped_ledger_is_verified_and_not_touched(
    tmp_path: Path, url: str, key: SigningKey
) -> None:
    store = tmp_path / "audit.db"
    before = store.read_bytes()
    verified = await inspect(url, tmp_path / "checkpoints.txt", key.verifier)
    assert (verified.content, verified.entries, verified.signed) == (True, 5, 5)
    assert store.read_bytes() == before


async def test_a_changed_entry_is_named_without_the_service(
    tmp_path: Path, url: str, key: SigningKey
) -> None:
    with closing(sqlite3.connect(tmp_path / "audit.db")) as connection:
        connection.execute("DROP TRIGGER entries_never_update")
        connection.execute("UPDATE entries SET body = '{}' WHERE number = 3")
        connection.commit()
    verified = await inspect(url, tmp_path / "checkpoints.txt", key.verifier)
    assert [(each.kind, each.first) for each in verified.findings] == [(FindingKind.CHANGED, 3)]


async def test_a_ledger_that_is_in_use_can_be_verified(
    tmp_path: Path, url: str, ledger: SqlLedger, key: SigningKey, fact: Facts
) -> None:
    await ledger.append([fact("newest", "high", 9)])
    verified = await inspect(url, tmp_path / "checkpoints.txt", key.verifier)
    assert (verified.content, verified.entries) == (True, 6)


async def test_a_store_that_is_not_there_is_not_made(tmp_path: Path, key: SigningKey) -> None:
    missing = tmp_path / "nowhere.db"
    with pytest.raises(StoreUnreadable, match="is not there"):
        await inspect(f"sqlite+aiosqlite:///{missing}", tmp_path / "c", key.verifier)
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - an empty folder


async def test_a_store_that_is_no_ledger_is_said(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "odd.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreUnreadable, match="not a database"):
        await inspect(f"sqlite+aiosqlite:///{tmp_path}/odd.db", tmp_path / "c", key.verifier)
