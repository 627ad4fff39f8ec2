"""The register in SQL keeps the promises of every register, and loses nothing in a crash."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from common.database import open_database, writing
from common.messaging.failures import TemporaryFailure
from testkit.builders import alert, follow_up
from testkit.contracts.register import RegisterContract
from triage.adapters.sql_register import SqlRegister

FLOOD = alert(identifier="flood")


class TestSqlRegister(RegisterContract):
    """The contract suite, on SQLite."""

    @pytest.fixture
    def desk(self, sql_desk: Any) -> Any:
        return sql_desk


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
