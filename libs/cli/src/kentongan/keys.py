"""`kentongan keys`: who may publish, as whom, what and how often."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from common import subjects
from common.messaging import ask
from common.questions.intake import (
    KeyCreated,
    KeyList,
    KeyRequest,
    KeyRevocation,
    KeyShown,
    KeysQuestion,
)
from intake.keys import May
from kentongan.operator import HomeOption, as_operator

app = typer.Typer(help="Publishers' keys.", no_args_is_help=True)
console = Console()

ASK_SECONDS = 10.0
Signed = Annotated[bool, typer.Option("--signed", help="Refuse alerts without a valid signature.")]


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Whose key it is, for people.")],
    may: Annotated[str, typer.Option(help="publish,exercise,read-all,approve")],
    senders: Annotated[
        list[str] | None, typer.Option("--as", help="A CAP sender it speaks as; may be repeated.")
    ] = None,
    quota: Annotated[int, typer.Option(min=1, help="Submissions a minute.")] = 60,
    signed: Signed = False,  # noqa: FBT002 - a switch of the command line
    home: HomeOption = None,
) -> None:
    """Give out a key; its secret is printed this once, alone on standard output."""
    request = KeyRequest.model_validate(
        {
            "name": name,
            "senders": tuple(senders or ()),
            "may": _rights(may),
            "quota_per_minute": quota,
            "demands_signature": signed,
        }
    )
    created = as_operator(
        home,
        lambda bus: ask(bus, subjects.INTAKE_KEYS_CREATE, request, KeyCreated, timeout=ASK_SECONDS),
    )
    typer.echo(
        f"{created.id} for {created.name}; keep its secret, it is not shown again:", err=True
    )
    typer.echo(created.secret)


@app.command("list")
def list_keys(home: HomeOption = None) -> None:
    """List the keys without their secrets."""
    question = KeysQuestion()
    listed = as_operator(
        home,
        lambda bus: ask(bus, subjects.INTAKE_KEYS_LIST, question, KeyList, timeout=ASK_SECONDS),
    )
    table = Table(
        Column("id", no_wrap=True), "name", "as", "may", "a minute", "signed", "created", "revoked"
    )
    for key in listed.keys:
        table.add_row(*map(escape, _cells(key)))
    console.print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Its id in `kentongan keys list`.")],
    home: HomeOption = None,
) -> None:
    """End a key at once."""
    question = KeyRevocation(key_id=key_id)
    key = as_operator(
        home,
        lambda bus: ask(bus, subjects.INTAKE_KEYS_REVOKE, question, KeyShown, timeout=ASK_SECONDS),
    )
    typer.echo(f"{key.id} of {key.name} ended {key.revoked_at:%Y-%m-%d %H:%M:%S} UTC")


def _rights(text: str) -> tuple[str, ...]:
    """Read the rights, separated by commas."""
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [name for name in named if name not in set(May)]
    if unknown or not named:
        known = ", ".join(May)
        raise typer.BadParameter(f"{', '.join(unknown) or 'nothing'} is not one of {known}")
    return named


def _cells(key: KeyShown) -> tuple[str, ...]:
    """Return a line of the table."""
    return (
        key.id,
        key.name,
        " ".join(key.senders),
        ",".join(key.may),
        str(key.quota_per_minute),
        "demanded" if key.demands_signature else "",
        f"{key.created_at:%Y-%m-%d %H:%M}",
        f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "",
    )
