"""The register in SQL keeps the promises of every register, and loses nothing in a crash."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import migrate, open_database, writing
from common.messaging.failures import TemporaryFailure
from testkit.builders import alert, follow_up
from testkit.contracts.register import RegisterContract
from testkit.postgres import has_postgres, running_postgres
from triage.adapters.sql_register import SqlRegister
from triage.app import MIGRATIONS

FLOOD = alert(identifier="flood")


class TestSqlRegister(RegisterContract):
    """The contract suite, on SQLite."""

    @pytest.fixture
    def desk(self, sql_desk: Any) -> Any:
        return sql_desk


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if not has_postgres():
        pytest.skip("there is no PostgreSQL on this machine")
    with running_postgres() as url:
        yield url


class TestPostgresRegister(RegisterContract):
    """The contract suite, on PostgreSQL."""

    @pytest.fixture
    async def engine(self, postgres: str) -> AsyncIterator[AsyncEngine]:
        opened = open_database(postgres)
        async with writing(opened) as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
        await migrate(opened, MIGRATIONS)
        yield opened
        await opened.dispose()

    @pytest.fixture
    def desk(self, sql_desk: Any) -> Any:
        return sql_desk

    async def test_follow_ups_that_come_together_take_turns(
        self, desk: Any, submission: Any
    ) -> None:
        await desk.admit(submission(FLOOD))
        updates = [submission(follow_up("Update", FLOOD, minutes=n)) for n in range(1, 9)]
        await asyncio.gather(*(desk.admit(update) for update in updates))
        cancel = submission(follow_up("Cancel", FLOOD, minutes=30))
        change = (await desk.admit(cancel)).change
        assert len(change.ended) == 1


async def test_a_crash_after_the_store_has_the_event_said_by_the_next_process(
    sql_desk: Any, submission: Any, database_url: str
) -> None:
    sql_desk.listener.down = True
    with pytest.raises(TemporaryFailure):
        await sql_desk.admit(submission(FLOOD))
    engine = open_database(database_url)
    sql_desk.register = SqlRegister(engine)
    sql_desk.listener.down = False
    await sql_desk.say_unsaid()
    assert sql_desk.listener.subjects == ["alert.released.immediate"]
    await engine.dispose()


async def test_a_crash_after_the_publish_says_the_same_event_again_when_it_is_redelivered(
    sql_desk: Any, submission: Any
) -> None:
    await sql_desk.admit(submission(FLOOD))
    await sql_desk.admit(submission(FLOOD))
    first, again = sql_desk.listener.sayings
    assert (first.id, first.content) == (again.id, again.content)
    assert not await sql_desk.register.unsaid(10)


async def test_a_crash_between_an_end_and_its_release_says_both_again_in_order(
    sql_desk: Any, submission: Any
) -> None:
    await sql_desk.admit(submission(FLOOD))
    sql_desk.listener.most = 2
    cancel = submission(follow_up("Cancel", FLOOD))
    with pytest.raises(TemporaryFailure):
        await sql_desk.admit(cancel)
    sql_desk.listener.most = 10
    await sql_desk.admit(cancel)
    assert sql_desk.listener.subjects[1:] == [
        "alert.ended",
        "alert.ended",
        "alert.released.immediate",
    ]


async def test_a_database_that_does_not_answer_puts_the_alert_off(
    sql_desk: Any, submission: Any, engine: AsyncEngine
) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("DROP TABLE sayings"))
    with pytest.raises(TemporaryFailure, match="register"):
        await sql_desk.admit(submission(FLOOD))
