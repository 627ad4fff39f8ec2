"""Checkpoints lie beside the ledger in order of size, and each is said on the bus once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from audit.adapters.sql_ledger import open_ledger_store
from audit.adapters.sql_shelf import SqlShelf
from audit.checkpoint import Checkpoint, Signed, SigningKey
from audit.merkle import Tree

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def tree_of(size: int) -> Tree:
    return Tree().grown([bytes([number]) * 32 for number in range(size)])


def signed(key: SigningKey, size: int) -> Signed:
    return Signed.by(key, Checkpoint(key.name, size, tree_of(size).root(), NOON))


async def keep(shelf: SqlShelf, key: SigningKey, *sizes: int) -> None:
    for size in sizes:
        await shelf.keep(signed(key, size), tree_of(size))


async def test_the_smallest_comes_first_with_the_tree_it_was_signed_over(
    shelf: SqlShelf, key: SigningKey
) -> None:
    await keep(shelf, key, 12, 5)
    kept = await shelf.kept()
    assert [each.size for each in kept] == [5, 12]
    assert [each.note for each in kept] == [signed(key, 5).note, signed(key, 12).note]
    assert [each.frontier for each in kept] == [tree_of(5).packed(), tree_of(12).packed()]


async def test_what_was_not_said_yet_waits_in_order(shelf: SqlShelf, key: SigningKey) -> None:
    await keep(shelf, key, 12, 5, 7)
    await shelf.mark_said(7)
    assert await shelf.unsaid() == [signed(key, 5).note, signed(key, 12).note]


async def test_what_was_marked_twice_was_said(shelf: SqlShelf, key: SigningKey) -> None:
    await keep(shelf, key, 5)
    await shelf.mark_said(5)
    await shelf.mark_said(5)
    assert await shelf.unsaid() == []


async def test_another_checkpoint_of_the_same_size_is_refused(
    shelf: SqlShelf, key: SigningKey
) -> None:
    await keep(shelf, key, 5)
    with pytest.raises(IntegrityError):
        await keep(shelf, key, 5)


async def test_who_opens_the_store_later_finds_them_as_they_were(
    shelf: SqlShelf, key: SigningKey, tmp_path: Path
) -> None:
    await keep(shelf, key, 5, 12)
    await shelf.mark_said(5)
    later = open_ledger_store(f"sqlite+aiosqlite:///{tmp_path}/audit.db")
    try:
        assert await SqlShelf(later).kept() == await shelf.kept()
        assert await SqlShelf(later).unsaid() == [signed(key, 12).note]
    finally:
        await later.dispose()
