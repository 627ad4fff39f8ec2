"""What most tests of audit need: facts to record, a real store, a key and a notary."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.adapters.files import CheckpointFile
from audit.adapters.sql_ledger import SqlLedger, open_ledger_store
from audit.adapters.sql_shelf import SqlShelf
from audit.app import MIGRATIONS
from audit.checkpoint import SigningKey
from audit.entry import Entry, microseconds
from audit.notary import Notary
from common.database import migrate
from testkit.contracts.ledger import Facts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def fact() -> Facts:
    def make(event_id: str, said: str, sequence: int) -> Entry:
        return Entry(
            event_id=event_id,
            type="kentongan.water.v1",
            subject="alert.accepted",
            source="/kentongan/intake",
            said_at=microseconds(NOON) + sequence,
            correlation_id="flood",
            alert_id="flood",
            stream="ALERTS",
            sequence=sequence,
            recorded_at=microseconds(NOON) + 10,
            body=f'{{"alert_id":"flood","water":"{said}"}}',
        )

    return make


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    opened = open_ledger_store(f"sqlite+aiosqlite:///{tmp_path}/audit.db")
    await migrate(opened, MIGRATIONS)
    yield opened
    await opened.dispose()


@pytest.fixture
def ledger(engine: AsyncEngine) -> SqlLedger:
    return SqlLedger(engine)


@pytest.fixture
def shelf(engine: AsyncEngine) -> SqlShelf:
    return SqlShelf(engine)


@pytest.fixture
def file(tmp_path: Path) -> CheckpointFile:
    return CheckpointFile(tmp_path / "checkpoints.txt")


@pytest.fixture
def key() -> SigningKey:
    return SigningKey("village.example/ledger", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))


@pytest.fixture
def notary(key: SigningKey, ledger: SqlLedger, shelf: SqlShelf, file: CheckpointFile) -> Notary:
    return Notary(key, ledger, shelf, file)
