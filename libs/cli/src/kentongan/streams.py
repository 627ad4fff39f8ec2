"""`kentongan streams`: make the bus as the table says, compare it, and let a stream hold more."""

from typing import Annotated

import typer
from rich.console import Console

from common.messaging import Bus, streams
from common.subjects import Stream
from kentongan.operator import HomeOption, as_operator
from notification.manifest import channel_names

app = typer.Typer(help="The streams, consumers and buckets of the bus.", no_args_is_help=True)
console = Console()

Lines = tuple[str, ...]


@app.command()
def apply(
    home: HomeOption = None,
    replicas: Annotated[int, typer.Option(min=1, max=5, help="Copies of what is made.")] = 1,
) -> None:
    """Make what is missing; the limits that an operator has set stay."""
    done = as_operator(home, lambda bus: streams.apply(bus.jetstream, channel_names(), replicas))
    _say(done, "the bus is as the table says; nothing was to be done")


@app.command()
def check(home: HomeOption = None) -> None:
    """Name what is missing or differs; exit 1 if anything does."""
    found = as_operator(home, lambda bus: streams.check(bus.jetstream, channel_names()))
    _say(found, "the bus is as the table says")
    raise typer.Exit(1 if found else 0)


@app.command()
def grow(
    stream: Annotated[Stream, typer.Argument(help="Which stream.")],
    mebibytes: Annotated[int, typer.Argument(min=1, help="What it may hold from now on, in MiB.")],
    home: HomeOption = None,
) -> None:
    """Raise the limit of a stream; nothing that it holds is touched."""

    async def raised(bus: Bus) -> Lines:
        return (await streams.grow(bus.jetstream, stream, mebibytes * 1024 * 1024),)

    try:
        _say(as_operator(home, raised), "")
    except ValueError as refused:
        console.print(f"[red]{refused}[/red]")
        raise typer.Exit(1) from refused


def _say(lines: Lines, otherwise: str) -> None:
    """Print the lines, or what there is to say without any."""
    for line in lines or (otherwise,):
        console.print(line)
