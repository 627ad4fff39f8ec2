"""`kentongan cap check`: would this CAP message be accepted, and if not, why not?"""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from common.cap.check import Checked, Verdict, check
from common.cap.limits import MOST_BYTES
from common.cap.refusal import Flag, Reason

app = typer.Typer(no_args_is_help=True, add_completion=False)

REFUSED = 1
UNREADABLE = 2
_COLORS = {Verdict.ACCEPTED: "green", Verdict.FLAGGED: "yellow", Verdict.REFUSED: "red"}


@app.callback()
def cap() -> None:
    """Look at CAP 1.2 messages without sending them."""


@app.command("check")
def check_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CAP as XML or as JSON")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object per file")] = False,  # noqa: FBT002 -- typer makes an option of it
) -> None:
    """Say of each file whether it would be accepted, flagged or refused, and why.

    It judges the message, not the clock: an alert that has expired is checked all the same.
    Exits 1 when a file is refused, 2 when one cannot be read.
    """
    failures = {_check_file(file, as_json=as_json) for file in files} - {0}
    raise typer.Exit(min(failures, default=0))


def _check_file(file: Path, *, as_json: bool) -> int:
    try:
        with file.open("rb") as document:
            checked = check(document.read(MOST_BYTES + 1))
    except OSError as error:
        typer.echo(f"{_name(file)}: cannot be read: {error.strerror}", err=True)
        return UNREADABLE
    if as_json:
        typer.echo(_as_json(file, checked))
    else:
        _print(file, checked)
    return REFUSED if checked.verdict is Verdict.REFUSED else 0


def _name(file: Path) -> str:
    """Name a file so that it can be printed, also where its name is not Unicode."""
    return os.fsencode(file).decode(errors="replace")


def _as_json(file: Path, checked: Checked) -> str:
    reasons = [_reason_as_json(reason) for reason in checked.reasons]
    report = {"file": _name(file), "verdict": checked.verdict, "reasons": reasons}
    return json.dumps(report, ensure_ascii=False)


def _reason_as_json(reason: Reason | Flag) -> dict[str, str]:
    named = {"element": reason.element, "rule": _rule(reason), "sentence": reason.sentence}
    return {**named, "clause": reason.clause} if isinstance(reason, Reason) else named


def _rule(reason: Reason | Flag) -> str:
    return reason.rule.value if isinstance(reason, Reason) else reason.kind.value


def _print(file: Path, checked: Checked) -> None:
    console = Console(soft_wrap=True, highlight=False)
    color = _COLORS[checked.verdict]
    console.print(f"[{color}]{checked.verdict:<8}[/{color}]  {escape(_name(file))}")
    for reason in checked.reasons:
        console.print(f"    {escape(str(reason))}")
