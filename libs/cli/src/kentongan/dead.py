"""`kentongan dead`: what was given up, why, and how to try it again."""

import base64
from typing import Annotated

import typer
from nats.js.errors import NotFoundError
from rich.console import Console
from rich.table import Table

from common.events.dead import DeadLetter
from common.messaging import Bus
from common.subjects import NOTIFICATION_REQUESTED, Stream
from kentongan.operator import HomeOption, as_operator
from kentongan.replaying import NotAgain, say_again

app = typer.Typer(help="What was given up, and why.", no_args_is_help=True)
console = Console()

Number = Annotated[int, typer.Argument(min=1, help="Its number in `kentongan dead list`.")]


@app.command("list")
def list_letters(
    home: HomeOption = None,
    last: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
) -> None:
    """List what was given up, newest first."""
    letters = as_operator(home, lambda bus: newest(bus, last))
    if not letters:
        console.print("nothing was given up")
        return
    table = Table("number", "when", "service", "what", "tries", "why")
    for number, letter in letters:
        when = f"{letter.died_at:%Y-%m-%d %H:%M:%S}"
        tries = str(letter.deliveries)
        table.add_row(
            str(number), when, letter.service, letter.original_subject, tries, letter.reason
        )
    console.print(table)


@app.command()
def show(number: Number, home: HomeOption = None) -> None:
    """Show one of them; the body is not shown, since it may hold addresses."""
    letter = as_operator(home, lambda bus: letter_at(bus, number))
    body = base64.b64decode(letter.body_base64)
    for name, value in letter.model_dump(exclude={"body_base64", "headers"}).items():
        console.print(f"{name:18} {value}")
    console.print(f"{'body':18} {len(body)} bytes")


@app.command()
def replay(number: Number, home: HomeOption = None) -> None:
    """Say a batch that was given up once more, while its alert lives; only batches can be."""
    letter = as_operator(home, lambda bus: letter_at(bus, number))
    if not letter.original_subject.startswith(f"{NOTIFICATION_REQUESTED}."):
        console.print(
            f"[red]{letter.original_subject} is a decision of a service, which says it again by"
            " itself when intake's reconciler finds it missing; only batches are replayed[/red]"
        )
        raise typer.Exit(1)
    try:
        said = as_operator(home, lambda bus: say_again(bus, letter, number))
    except NotAgain as why:
        console.print(f"[red]{why}[/red]")
        raise typer.Exit(1) from why
    console.print(said)


async def newest(bus: Bus, last: int) -> list[tuple[int, DeadLetter]]:
    """Return the newest dead letters with their numbers."""
    state = (await bus.jetstream.stream_info(Stream.DEAD)).state
    numbers = range(state.last_seq, max(state.first_seq - 1, state.last_seq - last), -1)
    return [(number, await letter_at(bus, number)) for number in numbers if number > 0]


async def letter_at(bus: Bus, number: int) -> DeadLetter:
    """Return one dead letter; a number that is not there ends the command with a sentence."""
    try:
        message = await bus.jetstream.get_msg(Stream.DEAD, number)
    except NotFoundError as missing:
        raise typer.BadParameter(f"there is no dead letter {number}") from missing
    return DeadLetter.model_validate_json(message.data or b"")
