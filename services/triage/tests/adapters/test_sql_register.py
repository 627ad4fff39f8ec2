"""The register in SQL keeps the promises of every register, and loses nothing in a crash."""

from pathlib import Path
from typing import Any

import pytest

from common.database import migrate, open_database
from common.messaging.failures import TemporaryFailure
from testkit.builders import alert, follow_up
from testkit.contracts.register import RegisterContract
from triage.adapters.sql_register import SqlRegister
from triage.app import MIGRATIONS

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
    submission: Any, desk: Any, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    engine = open_database(f"sqlite+aiosqlite:///{tmp_path}/deep/gone.db")
    await migrate(engine, MIGRATIONS)
    await engine.dispose()
    for file in (tmp_path / "deep").iterdir():
        file.unlink()
    (tmp_path / "deep").rmdir()
    desk.register = SqlRegister(engine)
    with pytest.raises(TemporaryFailure, match="register"):
        await desk.admit(submission(FLOOD))
