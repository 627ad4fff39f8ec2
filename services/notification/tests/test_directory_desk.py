"""The desk takes imports step by step, and counts whom an alert would reach."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from common.database import migrate, open_database
from common.events.triage import Audience as Wanted
from common.problems import Refusal
from common.questions.notification import (
    DirectoryImport,
    ImportReport,
    ImportStep,
    ReachQuestion,
    SummaryQuestion,
)
from notification.adapters.directory import Directory
from notification.directory_desk import importing, reaching, summarizing
from testkit.builders import alert
from testkit.clock import StoppedClock

ROW = {"person": "anna", "places": "-8.75 115.17", "sms": "+628111234567", "email": "a@example.org"}
OTHER = {"person": "budi", "places": "1 1", "sms": "+628111234568"}


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Directory]:
    engine = open_database(f"sqlite+aiosqlite:///{tmp_path}/directory.db")
    await migrate(engine, "notification.adapters.directory_migrations")
    yield Directory(engine)
    await engine.dispose()


async def step(
    directory: Directory, what: ImportStep, *rows: dict[str, str], in_all: int = 0
) -> ImportReport:
    take = importing(directory, StoppedClock())
    question = DirectoryImport(
        import_id="import-a", step=what, rows=rows, rows_in_all=in_all, practice_groups=("drill",)
    )
    return await take(question, {})


async def test_rows_sent_and_applied_are_in_the_directory(directory: Directory) -> None:
    assert (await step(directory, ImportStep.SEND, ROW, OTHER)).rows == 2
    report = await step(directory, ImportStep.APPLY, in_all=2)
    assert (report.added, report.bad) == (2, ())
    summary = await summarizing(directory)(SummaryQuestion(), {})
    assert (summary.people, summary.channels) == (2, {"email": 1, "sms": 2})
    assert summary.practice_groups == ("drill", "practice")


async def test_a_preview_changes_nothing(directory: Directory) -> None:
    await step(directory, ImportStep.SEND, ROW)
    assert (await step(directory, ImportStep.PREVIEW, in_all=1)).added == 1
    assert (await directory.summary()).people == 0


async def test_a_bad_row_is_named_by_its_number_in_the_file(directory: Directory) -> None:
    report = await step(directory, ImportStep.SEND, ROW, {**OTHER, "sms": "0811"})
    (bad,) = report.bad
    assert (bad.row, bad.column, bad.rule) == (3, "sms", "e164")


async def test_an_import_with_a_bad_row_cannot_be_applied(directory: Directory) -> None:
    await step(directory, ImportStep.SEND, ROW, {**OTHER, "sms": "0811"})
    with pytest.raises(Refusal, match="1 good rows of 2") as refused:
        await step(directory, ImportStep.APPLY, in_all=2)
    assert refused.value.problem.reason == "import-incomplete"
    assert (await directory.summary()).people == 0


async def test_a_person_in_two_rows_keeps_the_whole_import_out(directory: Directory) -> None:
    await step(directory, ImportStep.SEND, ROW, OTHER, ROW)
    report = await step(directory, ImportStep.APPLY, in_all=3)
    assert [(each.row, each.rule) for each in report.bad] == [(4, "repeated")]
    assert (await directory.summary()).people == 0


async def test_a_dropped_import_cannot_be_applied(directory: Directory) -> None:
    await step(directory, ImportStep.SEND, ROW)
    await step(directory, ImportStep.DROP)
    with pytest.raises(Refusal):
        await step(directory, ImportStep.APPLY, in_all=1)


async def test_reach_is_counted_in_people_and_recipients(directory: Directory) -> None:
    await step(directory, ImportStep.SEND, ROW, OTHER)
    await step(directory, ImportStep.APPLY, in_all=2)
    question = ReachQuestion(alert=alert(), audience=Wanted(by_area=True))
    reach = await reaching(directory)(question, {})
    assert (reach.people, reach.channels) == (1, {"email": 1, "sms": 1})
