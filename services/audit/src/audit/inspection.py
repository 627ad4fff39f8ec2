"""Verify a ledger without its service: only its files, a public key, and no trust in anybody."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from audit.adapters.files import read_notes
from audit.adapters.sql_ledger import SqlLedger, read_torn_text
from audit.adapters.sql_shelf import SqlShelf
from audit.checkpoint import VerifierKey
from audit.evidence import Evidence
from audit.verify import verify
from common.questions.audit import Verified


class StoreUnreadable(ValueError):  # noqa: N818 - a fact about the store
    """The store cannot be opened, or is torn beyond rows."""


async def inspect(
    database_url: str, checkpoints: Path, key: VerifierKey, remembered: Sequence[str] = ()
) -> Verified:
    """Hold a store against a checkpoint file and what an auditor remembers; change nothing.

    What cannot be read at all is `StoreUnreadable`.
    """
    engine = _open_to_read(database_url)
    try:
        kept = await SqlShelf(engine).kept()
        evidence = Evidence(key, read_notes(checkpoints), kept, remembered)
        return await verify(SqlLedger(engine), evidence)
    except SQLAlchemyError as failure:
        reason = getattr(failure, "orig", None) or failure
        raise StoreUnreadable(f"the store cannot be read: {reason}") from failure
    finally:
        await engine.dispose()


def _open_to_read(database_url: str) -> AsyncEngine:
    """Open a store so that nothing can be written to it, not even by mistake."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, execution_options={"postgresql_readonly": True})
    if not Path(url.database or "").is_file():
        raise StoreUnreadable(f"the store cannot be read: {url.database} is not there")
    file = f"file:{url.database}"
    engine = create_async_engine(url.set(database=file, query={"mode": "ro", "uri": "true"}))
    event.listen(engine.sync_engine, "connect", read_torn_text)
    return engine
