"""`kentongan audit`: what happened to an alert, and whether the ledger is what was signed."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from audit.adapters.files import read_notes
from audit.checkpoint import VerifierKey
from audit.inspection import inspect
from common import subjects
from common.messaging import ask
from common.questions.audit import (
    Counts,
    Moment,
    Timeline,
    TimelineQuestion,
    Verified,
    VerifyQuestion,
)
from kentongan.home import Home, home_at
from kentongan.operator import HomeOption, as_operator

app = typer.Typer(help="What happened, and can it be proved?", no_args_is_help=True)
console = Console()

TIMELINE_SECONDS = 30.0
VERIFY_SECONDS = 60.0
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]


@app.command()
def timeline(
    alert: Annotated[str, typer.Argument(metavar="ID", help="The id that intake answered with.")],
    *,
    home: HomeOption = None,
    as_json: Json = False,
) -> None:
    """Tell what happened to an alert, with its sums per channel."""
    question = TimelineQuestion(alert_id=alert)
    told = as_operator(
        home,
        lambda bus: ask(bus, subjects.AUDIT_TIMELINE, question, Timeline, timeout=TIMELINE_SECONDS),
    )
    if as_json:
        typer.echo(told.model_dump_json(indent=2))
    elif told.moments:
        _print_moments(told.moments)
        _print_counts(told.counts)
    if not told.moments:
        typer.echo(f"the ledger has never heard of {alert}", err=True)
        raise typer.Exit(1)


@app.command()
def verify(
    *,
    home: HomeOption = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Read the files yourself instead of asking audit.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option(help="A copy of key.pub that you trust (offline).")
    ] = None,
    remembered: Annotated[
        Path | None, typer.Option(help="Checkpoints that you took home earlier (offline).")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="Another store, as an SQLAlchemy URL (offline).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold the ledger against its checkpoints; exit 1 names what is wrong."""
    if offline:
        verified = _offline(home_at(home), key, remembered, database)
    else:
        verified = as_operator(
            home,
            lambda bus: ask(
                bus, subjects.AUDIT_VERIFY, VerifyQuestion(), Verified, timeout=VERIFY_SECONDS
            ),
        )
    if as_json:
        typer.echo(verified.model_dump_json(indent=2))
    else:
        _print_verified(verified)
    if not verified.content:
        raise typer.Exit(1)


def _offline(
    home: Home, key: Path | None, remembered: Path | None, database: str | None
) -> Verified:
    """Verify without the service, which may be stopped or not be trusted."""
    folder = home.path / "audit"
    try:
        public = VerifierKey.of((key or folder / "key.pub").read_text())
        notes = read_notes(remembered) if remembered else []
        store = database or home.database("audit")
        return asyncio.run(inspect(store, folder / "checkpoints.txt", public, notes))
    except (OSError, ValueError) as failure:
        raise typer.BadParameter(f"the ledger cannot be verified: {failure}") from failure


def _print_moments(moments: tuple[Moment, ...]) -> None:
    for moment in moments:
        at = f"{moment.at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3]
        until = f" (until {moment.until.astimezone():%H:%M:%S})" if moment.until else ""
        console.print(
            f"{at}  [bold]{moment.what:10}[/bold] {escape(moment.sentence)}{until}", soft_wrap=True
        )


def _print_counts(counts: Counts) -> None:
    """Print the sums: planned = settled + open."""
    if not counts.channels:
        return
    table = Table("channel", "planned", "settled", "open", "outcomes", "corrected", "twice?")
    for name, sums in counts.channels.items():
        outcomes = ", ".join(f"{outcome} {number}" for outcome, number in sums.outcomes.items())
        numbers = (str(number) for number in (sums.planned, sums.settled, sums.open))
        table.add_row(
            name, *numbers, outcomes, str(sums.corrections), str(sums.possible_duplicates)
        )
    console.print(table)
    if not counts.add_up:
        console.print("[red]somebody was settled who was not planned[/red]")


def _print_verified(verified: Verified) -> None:
    """Print what verifying found, one line for each finding."""
    for finding in verified.findings:
        console.print(f"[red]{finding.kind}[/red]  {escape(finding.sentence)}", soft_wrap=True)
    if verified.unnamed:
        console.print(f"[red]and {verified.unnamed} more[/red]")
    under = f"{verified.entries} entries, {verified.signed} of them under {verified.checkpoints}"
    verdict = "[green]content[/green]" if verified.content else "[red]not content[/red]"
    console.print(
        f"{verdict}: {under} checkpoints signed by {escape(verified.key)}", soft_wrap=True
    )
