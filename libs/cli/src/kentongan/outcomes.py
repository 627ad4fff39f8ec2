"""`kentongan alert outcomes`: sums with their reasons, who can help, and who was not reached."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from common import subjects
from common.messaging import Bus, ask
from common.questions.notification import (
    MOST_NAMED,
    ChannelOutcomes,
    NotReached,
    OutcomesQuestion,
    OutcomesShown,
)
from kentongan.operator import HomeOption, as_operator

ASK_SECONDS: Final = 30.0
FIRST_NAMED: Final = 50
CAN_HELP: Final = {
    "operator": "An operator can do something about it.",
    "recipient": "The recipient can do something about it.",
}

console = Console(highlight=False)


def outcomes(
    alert: Annotated[str, typer.Argument(metavar="ID", help="The id that intake answered with.")],
    *,
    home: HomeOption = None,
    everybody: Annotated[
        bool, typer.Option("--all", help=f"Name all who were not reached, not {FIRST_NAMED}.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document instead of lines.")
    ] = False,
) -> None:
    """Show what became of those an alert is for, and name who was not reached, by ids."""
    shown = as_operator(home, lambda bus: _all(bus, alert) if everybody else _first(bus, alert))
    if as_json:
        typer.echo(shown.model_dump_json(indent=2))
        return
    _print_sums(shown)
    _print_reasons(shown)
    _print_not_reached(shown)


async def _first(bus: Bus, alert: str) -> OutcomesShown:
    """Ask for the sums, and for the first of those who were not reached."""
    return await _page(bus, OutcomesQuestion(alert_id=alert, most=FIRST_NAMED))


async def _all(bus: Bus, alert: str) -> OutcomesShown:
    """Ask for the sums, and page after page for those who were not reached."""
    page = shown = await _page(bus, OutcomesQuestion(alert_id=alert))
    named = list(page.not_reached)
    while len(page.not_reached) == MOST_NAMED:
        after = (named[-1].channel, named[-1].recipient)
        page = await _page(bus, OutcomesQuestion(alert_id=alert, after=after))
        named += page.not_reached
    return shown.model_copy(update={"not_reached": tuple(named)})


async def _page(bus: Bus, question: OutcomesQuestion) -> OutcomesShown:
    subject = subjects.NOTIFICATION_OUTCOMES
    return await ask(bus, subject, question, OutcomesShown, timeout=ASK_SECONDS)


def _print_sums(shown: OutcomesShown) -> None:
    """Print the ends of each channel: with those who were not sent anything yet they are all."""
    table = Table("channel", "outcome", Column("recipients", justify="right"), "reason")
    for each in (*shown.channels, *_not_yet(shown)):
        outcome = each.outcome.replace("_", " ")
        table.add_row(*map(escape, (each.channel, outcome, str(each.recipients), each.reason)))
    console.print(table)


def _print_reasons(shown: OutcomesShown) -> None:
    """Say each reason once in words, and who can do something about it."""
    for reason, each in {each.reason: each for each in shown.channels if each.reason}.items():
        typer.echo(f"{reason}: {each.sentence} {CAN_HELP.get(each.remedy, '')}".rstrip())


def _not_yet(shown: OutcomesShown) -> Iterator[ChannelOutcomes]:
    """Yield how many of each channel are in no sum."""
    counted: Counter[str] = Counter()
    for each in shown.channels:
        counted[each.channel] += each.recipients
    for channel, planned in shown.planned.items():
        if left := planned - counted[channel]:
            yield ChannelOutcomes(
                channel=channel, outcome="not yet sent", reason="", sentence="", recipients=left
            )


def _print_not_reached(shown: OutcomesShown) -> None:
    """Name those who were not reached, a line each, and say how many more there are."""
    planned = sum(shown.planned.values())
    typer.echo(f"{shown.not_reached_in_all} of {planned} recipients were not reached")
    for each in shown.not_reached:
        typer.echo(_line(each))
    more = shown.not_reached_in_all - len(shown.not_reached)
    if more > 0:
        typer.echo(f"and {more} more: --all names them")


def _line(each: NotReached) -> str:
    return f"{each.channel:8} {each.recipient:24} {each.outcome:8} {each.reason}".rstrip()
