"""Keys are kept without their secrets, under names that are theirs alone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.adapters.sql_keys import SqlKeys
from intake.adapters.store import Store
from intake.keys import Key, May, new_secret
from testkit.clock import NOON

SECRET = new_secret()
KEY = Key(
    id=SECRET.key_id,
    name="harbor",
    digest=SECRET.digest,
    senders=frozenset({"a@sea.example", "b@sea.example"}),
    may=frozenset({May.PUBLISH, May.APPROVE}),
    quota_per_minute=7,
    demands_signature=True,
    created_at=NOON,
)


@pytest.fixture
def keys(store: Store) -> SqlKeys:
    return SqlKeys(store)


async def test_a_key_comes_back_as_it_was(keys: SqlKeys) -> None:
    assert await keys.add(KEY)
    assert await keys.find(KEY.id) == KEY
    assert await keys.find("key_00000000") is None


async def test_a_name_and_an_id_are_taken_once(keys: SqlKeys) -> None:
    await keys.add(KEY)
    assert not await keys.add(replace(KEY, id="key_00000001", digest="1" * 64))
    assert not await keys.add(replace(KEY, name="other", digest="1" * 64))
    assert await keys.all() == [KEY]


async def test_a_revoked_key_stays_revoked_since_then(keys: SqlKeys) -> None:
    await keys.add(KEY)
    assert await keys.revoke(KEY.id, NOON)
    assert await keys.revoke(KEY.id, NOON + timedelta(days=1))
    assert await keys.find(KEY.id) == replace(KEY, revoked_at=NOON)
    assert not await keys.revoke("key_00000000", NOON)


async def test_no_secret_is_on_the_disk(keys: SqlKeys, tmp_path: Path) -> None:
    await keys.add(KEY)
    assert SECRET.text.encode() not in on_disk(tmp_path)
    assert SECRET.digest.encode() in on_disk(tmp_path)


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("intake.db*"))
