"""`kentongan directory`: who is told, imported from a spreadsheet, and counted."""

import sys
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress

from common import subjects
from common.messaging import Bus, ask
from common.problems import Breach, Problem, Refusal
from common.questions.notification import (
    MOST_ROWS,
    BadRow,
    DirectoryImport,
    DirectorySummary,
    ImportReport,
    ImportStep,
    SummaryQuestion,
)
from kentongan.operator import HomeOption, as_operator
from kentongan.spreadsheet import FIRST_ROW, Row, Unreadable, read_rows, runs

app = typer.Typer(help="Who is told, where and how.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

SEND_SECONDS: Final = 30.0
FINISH_SECONDS: Final = 600.0
Apply = Annotated[bool, typer.Option("--apply", help="Change the directory without asking first.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]


@dataclass(frozen=True, slots=True)
class Import:
    """One import under way; the directory changes when it is applied, and not before."""

    bus: Bus
    import_id: str

    async def send(
        self, rows: Sequence[Row], advance: Callable[[int], None] = lambda _: None
    ) -> tuple[BadRow, ...]:
        """Send all rows, and return what is bad about them."""
        bad: list[BadRow] = []
        for first, run in runs(rows, MOST_ROWS):
            question = DirectoryImport(
                import_id=self.import_id, step=ImportStep.SEND, first_row=first, rows=run
            )
            bad += (await self._ask(question, SEND_SECONDS)).bad
            advance(len(run))
        return tuple(bad)

    async def finish(
        self, step: ImportStep, rows: Sequence[Row], practice: Iterable[str] = ()
    ) -> ImportReport:
        """Look at the whole, apply it, or drop it."""
        question = DirectoryImport(
            import_id=self.import_id,
            step=step,
            rows_in_all=len(rows),
            practice_groups=tuple(practice),
        )
        return await self._ask(question, FINISH_SECONDS)

    async def _ask(self, question: DirectoryImport, seconds: float) -> ImportReport:
        subject = subjects.NOTIFICATION_DIRECTORY_IMPORT
        return await ask(self.bus, subject, question, ImportReport, timeout=seconds)


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV in UTF-8; the columns are in docs/operator.md.")
    ],
    apply: Apply = False,  # noqa: FBT002 - a switch of the command line
    practice: Annotated[
        list[str] | None,
        typer.Option(help="A group to practice with, reached in exercises only; may be repeated."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Read people from a file, show what would change, and change it when told to."""
    try:
        rows = read_rows(file)
    except Unreadable as wrong:
        errors.print(f"[red]{wrong}[/red]")
        raise typer.Exit(1) from wrong

    async def work(bus: Bus) -> int:
        return await _import(Import(bus, uuid.uuid4().hex), rows, practice or (), agreed=apply)

    raise typer.Exit(as_operator(home, work))


@app.command()
def summary(
    home: HomeOption = None,
    as_json: Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Count who is in the directory."""
    question = SummaryQuestion()
    subject = subjects.NOTIFICATION_DIRECTORY_SUMMARY
    told = as_operator(
        home, lambda bus: ask(bus, subject, question, DirectorySummary, timeout=SEND_SECONDS)
    )
    if as_json:
        typer.echo(told.model_dump_json(indent=2))
        return
    console.print(f"[bold]{told.people}[/bold] people")
    for name in ("channels", "groups", "languages", "ended"):
        counts: dict[str, int] = getattr(told, name)
        words = ", ".join(f"{word} {count}" for word, count in counts.items())
        console.print(f"{name:10} {words or 'none'}")
    console.print(f"{'practice':10} {', '.join(told.practice_groups) or 'none'}")


async def import_people(bus: Bus, rows: list[dict[str, str]]) -> str:
    """Import people at once, and say what changed; a `Refusal` names each bad row."""
    numbered = list(enumerate(rows, FIRST_ROW))
    going = Import(bus, uuid.uuid4().hex)
    report = await _whole(going, numbered, await going.send(numbered), ImportStep.APPLY)
    if report.bad:
        raise Refusal(_problem(report.bad))
    return _sums(report)


async def _import(
    going: Import, rows: Sequence[Row], practice: Sequence[str], *, agreed: bool
) -> int:
    """Go through an import with a person; return the exit code."""
    with Progress(console=errors, transient=True) as progress:
        task = progress.add_task("reading", total=len(rows))
        bad = await going.send(rows, lambda count: progress.advance(task, count))
    report = await _whole(going, rows, bad, ImportStep.PREVIEW)
    if report.bad:
        return _refuse(report.bad)
    typer.echo(f"would change: {_sums(report)}")
    if not (agreed or _asked()):
        await going.finish(ImportStep.DROP, rows)
        typer.echo("nothing changed; say --apply to change the directory")
        return 0
    typer.echo(f"changed: {_sums(await going.finish(ImportStep.APPLY, rows, practice))}")
    return 0


async def _whole(
    going: Import, rows: Sequence[Row], bad: tuple[BadRow, ...], step: ImportStep
) -> ImportReport:
    """Do something with the whole; where anything is bad the import is dropped, and says what."""
    if not bad:
        report = await going.finish(step, rows)
        bad = report.bad
        if not bad:
            return report
    dropped = await going.finish(ImportStep.DROP, rows)
    return dropped.model_copy(update={"bad": bad})


def _asked() -> bool:
    """Ask the person in front of the screen, if there is one."""
    return sys.stdin.isatty() and typer.confirm("Change the directory?")


def _refuse(bad: Sequence[BadRow]) -> int:
    """Name every bad cell."""
    for each in bad:
        typer.echo(f"row {each.row}, {each.column} [{each.rule}]: {each.sentence}", err=True)
    typer.echo(f"{len(bad)} bad cells, nothing changed", err=True)
    return 1


def _problem(bad: Sequence[BadRow]) -> Problem:
    """Say the same as a problem."""
    breaches = (
        Breach(field=f"row {each.row}, {each.column}", rule=each.rule, sentence=each.sentence)
        for each in bad
    )
    return Problem.of(422, "bad-rows", f"{len(bad)} bad cells, nothing changed", *breaches)


def _sums(report: ImportReport) -> str:
    """Say in one line what an import changes."""
    line = (
        f"{report.rows} people: {report.added} added, {report.changed} changed, "
        f"{report.removed} removed, {report.unchanged} as they were"
    )
    ended = f"; {report.stay_ended} addresses stay ended" if report.stay_ended else ""
    return line + ended
