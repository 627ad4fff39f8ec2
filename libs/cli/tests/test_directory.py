"""People are imported, after a look at what would change, as an operator types it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from common import subjects
from common.database import migrate, open_database
from common.messaging import answer
from common.problems import Refusal
from common.questions.notification import DirectoryImport, SummaryQuestion
from common.subjects import Service
from kentongan.directory import app, import_people
from kentongan.home import Home
from kentongan.operator import operator_bus
from notification.adapters.directory import Directory
from notification.directory_desk import importing, summarizing
from testkit.clock import StoppedClock
from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration

PEOPLE = """person,name,language,places,groups,sms,email
anna,Anna,id,-8.60 115.21,resident,+628111234567,anna@example.org
budi,Budi,en-US,-8.61 115.22,resident;fire,,budi@example.org
"""
Typed = Callable[..., Awaitable[Result]]


@pytest.fixture
async def home(home_with_bus: Home, make_bus: MakesBus) -> AsyncIterator[Home]:
    """A home in which notification answers for its directory."""
    home = home_with_bus
    engine = open_database(home.database("notification", "directory"))
    await migrate(engine, "notification.adapters.directory_migrations")
    directory, bus = Directory(engine), make_bus(Service.NOTIFICATION)
    takes = importing(directory, StoppedClock())
    answer(bus, subjects.NOTIFICATION_DIRECTORY_IMPORT, DirectoryImport, takes)
    tells = summarizing(directory)
    answer(bus, subjects.NOTIFICATION_DIRECTORY_SUMMARY, SummaryQuestion, tells)
    await bus.start()
    yield home
    await engine.dispose()


@pytest.fixture
def type_(home: Home) -> Typed:
    async def type_(*words: str) -> Result:
        command = [*words, "--home", str(home.path)]
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, command))

    return type_


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    return file


async def test_a_dry_run_comes_first_and_changes_nothing(type_: Typed, people: Path) -> None:
    typed = await type_("import", str(people))
    assert typed.exit_code == 0
    assert "would change: 2 people: 2 added" in typed.stdout
    assert "nothing changed" in typed.stdout
    assert "0 people" in (await type_("summary")).stdout


async def test_an_import_that_is_applied_is_in_the_directory_and_the_second_time_changes_nothing(
    type_: Typed, people: Path
) -> None:
    assert "changed: 2 people: 2 added" in (await type_("import", str(people), "--apply")).stdout
    summary = (await type_("summary")).stdout
    assert "2 people" in summary
    assert "email 2, sms 1" in summary
    assert "2 as they were" in (await type_("import", str(people), "--apply")).stdout


async def test_every_bad_cell_is_named_and_nothing_is_half_done(type_: Typed, people: Path) -> None:
    people.write_text(PEOPLE + "citra,,,here,,0811,\nanna,,,,,,\n")  # noqa: ASYNC240 - a small file
    typed = await type_("import", str(people), "--apply")
    assert typed.exit_code == 1
    assert "row 4, places [place]" in typed.stderr
    assert "row 4, sms [e164]" in typed.stderr
    assert "0811" not in typed.stderr
    assert "2 bad cells, nothing changed" in typed.stderr
    assert "0 people" in (await type_("summary")).stdout


async def test_a_person_in_two_rows_is_named(type_: Typed, people: Path) -> None:
    people.write_text(PEOPLE + "anna,,,,,,\n")  # noqa: ASYNC240 - a small file
    typed = await type_("import", str(people), "--apply")
    assert (typed.exit_code, "row 4, person [repeated]" in typed.stderr) == (1, True)


async def test_a_file_that_is_no_table_is_one_sentence(type_: Typed, people: Path) -> None:
    people.write_text("")  # noqa: ASYNC240 - a small file
    typed = await type_("import", str(people))
    assert (typed.exit_code, "the file is empty" in typed.stderr) == (1, True)


async def test_a_group_can_be_made_one_to_practice_with(type_: Typed, people: Path) -> None:
    await type_("import", str(people), "--apply", "--practice", "drill")
    assert "drill, practice" in (await type_("summary")).stdout


async def test_the_demonstration_imports_at_once_and_says_what_changed(home: Home) -> None:
    rows = [{"person": f"p{number}", "groups": "resident"} for number in range(1_200)]
    async with operator_bus(home.path) as bus:
        assert (await import_people(bus, rows)).startswith("1200 people: 1200 added")
        with pytest.raises(Refusal, match="1 bad cells") as refused:
            await import_people(bus, [*rows, {"person": "?"}])
    assert refused.value.problem.breaches[0].field == "row 1202, person"
