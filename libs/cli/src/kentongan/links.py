"""`kentongan providers`: what the last tests of links to providers came to, and a test now."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from common.messaging import Bus, ask
from common.questions.notification import (
    LinksAsked,
    LinkShown,
    LinksQuestion,
    LinksShown,
    LinksTest,
)
from common.subjects import NOTIFICATION_LINKS, NOTIFICATION_LINKS_TEST
from kentongan.operator import HomeOption, as_operator

ASK_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.5
FOUND: Final = {
    "accepted": "accepted",
    "received": "accepted and received",
    "no_receipt": "accepted, and no receipt came",
}
NO_ADDRESS: Final = "no_address"
NOT_TESTED: Final = {
    NO_ADDRESS: "not tested: no link_test_address",
    "switched_off": "not tested: switched off",
}
UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))

app = typer.Typer(help="Who carries your messages, and whether they can.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)


@app.command("list")
def list_links(home: HomeOption = None) -> None:
    """Say what the last test of each link came to; exit 1 if any is not well."""
    _print(as_operator(home, shown_links))


@app.command("test")
def try_links(
    name: Annotated[
        str | None, typer.Argument(metavar="CHANNEL.NAME", help="One link; else all of them.")
    ] = None,
    *,
    home: HomeOption = None,
    wait_seconds: Annotated[float, typer.Option(min=1, help="How long to wait for ends.")] = 120,
) -> None:
    """Send the operator's own address a message by each provider, now; exit 1 if any failed."""
    _print(as_operator(home, lambda bus: _tested(bus, name, wait_seconds)))


async def shown_links(bus: Bus) -> LinksShown:
    """Ask what the last tests came to."""
    return await ask(bus, NOTIFICATION_LINKS, LinksQuestion(), LinksShown, timeout=ASK_SECONDS)


async def _tested(bus: Bus, name: str | None, wait_seconds: float) -> LinksShown:
    """Have links tested, and wait for what comes of it; who is not done by then is not well."""
    question = LinksTest(names=(name,) if name else ())
    asked = await ask(bus, NOTIFICATION_LINKS_TEST, question, LinksAsked, timeout=ASK_SECONDS)
    deadline = time.monotonic() + wait_seconds
    while True:
        shown = await shown_links(bus)
        mine = [each for each in shown.links if each.name in asked.names]
        if not any(each.under_way for each in mine) or time.monotonic() > deadline:
            return LinksShown(now=shown.now, links=tuple(map(_ended, mine)))
        await asyncio.sleep(LOOK_SECONDS)


def _ended(link: LinkShown) -> LinkShown:
    """Return what a test came to; one that did not end is not well."""
    return link.model_copy(update={"well": False}) if link.under_way else link


def sentence(link: LinkShown, now: datetime) -> str:
    """Say in a line how a link is."""
    return f"{link.name}: {'; '.join(_facts(link, now))}"


def _facts(link: LinkShown, now: datetime) -> Iterator[str]:
    if link.state in NOT_TESTED:
        yield NOT_TESTED[link.state]
        return
    if link.found_at is None:
        yield "link not tested yet"
    else:
        ago = _ago(now - link.found_at)
        said = FOUND.get(link.state) or f"failed: {link.sentence}"
        yield f"link tested {ago}, {said}".removesuffix(".")
    if link.overdue:
        yield "the next test is long overdue"
    if link.under_way:
        yield "a test is under way"


def _ago(passed: timedelta) -> str:
    """Say how long ago something was, in its largest unit."""
    seconds = max(int(passed.total_seconds()), 0)
    for unit, length in UNITS:
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return "just now"


def _print(shown: LinksShown) -> None:
    """Print a line for each link, and exit 1 if any is not well."""
    for line in _lines(shown.links, shown.now):
        console.print(line)
    raise typer.Exit(0 if all(each.well for each in shown.links) else 1)


def _lines(links: Sequence[LinkShown], now: datetime) -> Iterator[str]:
    if not links:
        yield "no link has a link_test_address: set one in providers.toml"
    for each in links:
        mark = "[green]well[/green]" if each.well else "[red]ill [/red]"
        yield f"{mark}  {escape(sentence(each, now))}"
