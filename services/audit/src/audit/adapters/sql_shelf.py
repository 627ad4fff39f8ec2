"""Checkpoints beside the ledger in SQL, and which of them were said on the bus."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.adapters.tables import checkpoints, said_checkpoints
from audit.checkpoint import Signed
from audit.merkle import Tree
from audit.ports import Kept
from common.database import insert_if_absent, reading, writing


class SqlShelf:
    """The checkpoints of one ledger."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, signed: Signed, tree: Tree) -> None:
        """Store a checkpoint and the frontier of its tree."""
        row = {"size": tree.size, "note": signed.note, "frontier": tree.packed()}
        async with writing(self._engine) as connection:
            await connection.execute(insert(checkpoints), [row])

    async def kept(self) -> Sequence[Kept]:
        """Return all checkpoints, smallest first."""
        columns = (checkpoints.c.note, checkpoints.c.size, checkpoints.c.frontier)
        async with reading(self._engine) as connection:
            found = await connection.execute(select(*columns).order_by(checkpoints.c.size))
            return [Kept(*row) for row in found]

    async def unsaid(self) -> Sequence[str]:
        """Return the notes that were not yet said on the bus."""
        said = select(said_checkpoints.c.size)
        statement = (
            select(checkpoints.c.note)
            .where(checkpoints.c.size.not_in(said))
            .order_by(checkpoints.c.size)
        )
        async with reading(self._engine) as connection:
            return list((await connection.execute(statement)).scalars())

    async def mark_said(self, size: int) -> None:
        """Remember that this checkpoint is on the bus."""
        async with writing(self._engine) as connection:
            await insert_if_absent(connection, said_checkpoints, [{"size": size}])
