"""`kentongan alert`: send one, see how far it is, and let a held one go or turn it down."""

import base64
import os
import sys
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from common import subjects
from common.messaging import ask
from common.questions.intake import (
    AlertQuestion,
    AlertShown,
    Approve,
    HeldAlerts,
    Reject,
    Submit,
    Submitted,
)
from common.questions.triage import Decided, HeldList
from kentongan.home import home_at
from kentongan.operator import HomeOption, as_operator
from kentongan.outcomes import outcomes

app = typer.Typer(help="Send alerts, and decide about held ones.", no_args_is_help=True)
console = Console()

ASK_SECONDS = 10.0
KEY_VARIABLE = "KENTONGAN_KEY"
AlertId = Annotated[str, typer.Argument(metavar="ID", help="The id that intake answered with.")]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help=f"A publisher's key; else {KEY_VARIABLE}, else the home's own."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]
R = TypeVar("R", bound=BaseModel)


@app.command()
def send(
    file: Annotated[Path, typer.Argument(help="CAP 1.2 in XML or JSON; - reads standard input.")],
    home: HomeOption = None,
    key: KeyOption = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="Names this attempt, so that it counts once.")
    ] = None,
) -> None:
    """Send an alert; its id is printed, alone on standard output, when it is on disk."""
    content = _content(file)
    question = Submit(
        content_base64=base64.b64encode(content).decode(),
        content_type=_content_type(content),
        idempotency_key=idempotency_key,
    )
    submitted = _ask(home, key, subjects.INTAKE_SUBMIT, question, Submitted)
    for remark in (*submitted.flags, *submitted.concerns):
        typer.echo(f"note: {remark}", err=True)
    typer.echo(submitted.alert_id)


@app.command()
def show(
    alert: AlertId,
    home: HomeOption = None,
    key: KeyOption = None,
    as_json: Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Show an alert and how far it came."""
    shown = _ask(home, key, subjects.INTAKE_ALERT, AlertQuestion(alert_id=alert), AlertShown)
    if as_json:
        typer.echo(shown.model_dump_json(indent=2, exclude_none=True))
        return
    for name, value in _lines(shown):
        console.print(f"[bold]{name:12}[/bold] {escape(value)}", soft_wrap=True)


app.command()(outcomes)


@app.command()
def held(home: HomeOption = None, key: KeyOption = None) -> None:
    """List what waits for a second person, the longest first."""
    waiting = _ask(home, key, subjects.INTAKE_HELD, HeldAlerts(), HeldList)
    if not waiting.alerts:
        typer.echo("nothing waits for a second person")
        return
    table = Table(
        Column("id", no_wrap=True), "status", "headline", "sender", "why it waits", "until"
    )
    for each in waiting.alerts:
        until = f"{each.held_until.astimezone():%Y-%m-%d %H:%M}"
        cells = (
            each.alert_id, each.status, each.headline or each.event, each.sender, each.sentence,
            until,
        )  # fmt: skip
        table.add_row(*map(escape, cells))
    console.print(table)


@app.command()
def approve(alert: AlertId, home: HomeOption = None, key: KeyOption = None) -> None:
    """Let a held alert go; the key must be of another person than its author."""
    question = Approve(alert_id=alert)
    _tell(_ask(home, key, subjects.INTAKE_APPROVE, question, Decided))


@app.command()
def reject(
    alert: AlertId,
    why: Annotated[str, typer.Option(help="The reason, for the ledger.")],
    home: HomeOption = None,
    key: KeyOption = None,
) -> None:
    """Turn a held alert down."""
    if not why.strip():
        raise typer.BadParameter("say why", param_hint="--why")
    question = Reject(alert_id=alert, why=why)
    _tell(_ask(home, key, subjects.INTAKE_REJECT, question, Decided))


def key_of(home: Path | None, given: str | None) -> str:
    """Return the publisher's key that was given, of the environment, or of the home."""
    if found := given or os.environ.get(KEY_VARIABLE):
        return found.strip()
    file = home_at(home).publisher_key
    try:
        return file.read_text().strip()
    except OSError as missing:
        raise typer.BadParameter(
            f"give a publisher's key by --key or {KEY_VARIABLE}: {file} cannot be read"
        ) from missing


def _ask(
    home: Path | None, key: str | None, subject: str, question: BaseModel, reply: type[R]
) -> R:
    """Ask intake with a publisher's key."""
    headers = {"authorization": f"Bearer {key_of(home, key)}"}
    return as_operator(
        home,
        lambda bus: ask(bus, subject, question, reply, timeout=ASK_SECONDS, headers=headers),
    )


def _content(file: Path) -> bytes:
    """Read the file, or standard input."""
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as failure:
        raise typer.BadParameter(f"{file}: {failure.strerror}") from failure


def _content_type(content: bytes) -> str:
    """Tell CAP in JSON by its first character."""
    is_json = content.lstrip().startswith(b"{")
    return "application/json" if is_json else "application/cap+xml"


def _lines(shown: AlertShown) -> tuple[tuple[str, str], ...]:
    """Return what there is to say about an alert, a line each."""
    lines = (
        ("alert", shown.alert_id),
        ("publisher", shown.publisher),
        ("accepted", f"{shown.accepted_at.astimezone():%Y-%m-%d %H:%M:%S}"),
        ("flags", "; ".join(shown.flags)),
        ("concerns", "; ".join(shown.concerns)),
        (
            "on the bus",
            f"{shown.stored_at.astimezone():%H:%M:%S}" if shown.stored_at else "not yet",
        ),
        ("verdict", f"{shown.verdict or 'none yet'} {shown.reason}".strip()),
        ("planned", f"{shown.planned_at.astimezone():%H:%M:%S}" if shown.planned_at else "not yet"),
        ("closed", shown.closed or ""),
    )
    return tuple((name, value) for name, value in lines if value)


def _tell(decided: Decided) -> None:
    """Say what became of a held alert."""
    typer.echo(f"{decided.alert_id} {decided.decision}: {decided.verdict}, {decided.sentence}")
