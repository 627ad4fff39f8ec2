"""`kentongan demo`: warn a made-up coastal village, watch it being reached, and prove it."""

import asyncio
import csv
import io
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import httpx
import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from common.messaging import Bus, ask
from common.messaging.failures import NoAnswer
from common.questions.audit import Counts, CountsQuestion, Verified, VerifyQuestion
from common.subjects import AUDIT_COUNTS, AUDIT_VERIFY
from kentongan.directory import import_people
from kentongan.greeting import SENDER
from kentongan.home import Home, home_at
from kentongan.operator import HomeOption, operator_bus
from kentongan.samples import tsunami_warning

SETTLED_SECONDS: Final = 120.0
SIGNED_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 0.2

console = Console(highlight=False, soft_wrap=True)


class DemoFailed(Exception):  # noqa: N818 - told to a person
    """The demonstration did not end as it should; the text says where."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The alert of the demonstration."""

    alert_id: str
    at: float


def demo(home: HomeOption = None) -> None:
    """Import a village, send a tsunami warning, follow it to its end, verify the ledger."""
    try:
        asyncio.run(play(home_at(home)))
    except DemoFailed as failed:
        console.print(f"[red]{failed}[/red]")
        raise typer.Exit(1) from failed


async def play(home: Home) -> None:
    """Go through the demonstration, step by step."""
    async with operator_bus(home.path) as bus, httpx.AsyncClient(trust_env=False) as client:
        console.print("[bold]1[/bold]  the residents of Teluk Harapan, a made-up village")
        people = await _with_subscriptions(client, home, residents())
        imported = await import_people(bus, people)
        console.print(f"   {imported}")
        await _show_names(client, home, people)
        console.print("[bold]2[/bold]  a tsunami warning, in English and Indonesian")
        sent = await _send(client, home)
        console.print(f"   accepted as {sent.alert_id}; page: {home.address('page')}")
        console.print("[bold]3[/bold]  who has been reached")
        counts = await _follow(bus, sent)
        console.print()
        add_up(counts)
        console.print("[bold]4[/bold]  the ledger")
        believe(await _signed(bus))
        console.print(f"\nThe whole story:  kentongan audit timeline {sent.alert_id}")


def residents() -> list[dict[str, str]]:
    """Read the residents of the village."""
    text = files("kentongan.village").joinpath("people.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


async def _with_subscriptions(
    client: httpx.AsyncClient, home: Home, people: list[dict[str, str]]
) -> list[dict[str, str]]:
    """Give those who want push a subscription of the sandbox, kept for the next demonstration."""
    kept = home.path / "sandbox" / "village-push.json"
    wanting = [person for person in people if person["push"] == "sandbox"]
    if not kept.exists():
        answer = await client.post(
            f"{home.address('push')}/subscriptions", json={"count": len(wanting)}
        )
        kept.write_bytes(answer.content)
    subscriptions = json.loads(kept.read_bytes())["subscriptions"]
    for person, subscription in zip(wanting, subscriptions, strict=True):
        person["push"] = json.dumps(subscription)
    return people


async def _show_names(
    client: httpx.AsyncClient, home: Home, people: Iterable[dict[str, str]]
) -> None:
    """Tell the sandbox's page whose address is whose."""
    known = [
        {
            "person": person.get("name") or person["person"],
            "addresses": [person[column] for column in ("sms", "email", "push") if person[column]],
        }
        for person in people
    ]
    await client.put(f"{home.address('page')}/people", json=known)


async def _send(client: httpx.AsyncClient, home: Home) -> Sent:
    """Send the warning as the publisher whose key `kentongan up` made."""
    now = datetime.now(UTC)
    identifier = f"teluk-harapan-{now:%Y%m%dT%H%M%S%f}"
    key = home.publisher_key.read_text().strip()
    began = time.monotonic()
    answer = await client.post(
        f"{home.address('api')}/v1/alerts",
        content=tsunami_warning(SENDER, identifier, now),
        headers={"authorization": f"Bearer {key}", "content-type": "application/cap+xml"},
    )
    if answer.status_code != httpx.codes.ACCEPTED:
        raise DemoFailed(f"intake answered {answer.status_code}: {answer.text}")
    return Sent(answer.json()["alert_id"], began)


async def _follow(bus: Bus, sent: Sent) -> Counts:
    """Show the sums until every recipient is settled."""
    counts = Counts(alert_id=sent.alert_id)
    with Live(_table(counts, 0.0), console=console, refresh_per_second=8) as live:
        while time.monotonic() - sent.at < SETTLED_SECONDS:
            try:
                question = CountsQuestion(alert_id=sent.alert_id)
                counts = await ask(bus, AUDIT_COUNTS, question, Counts, timeout=5)
            except NoAnswer:
                continue
            live.update(_table(counts, time.monotonic() - sent.at))
            if counts.planned and counts.open == 0:
                return counts
            await asyncio.sleep(LOOK_SECONDS)
    raise DemoFailed(f"{counts.open} recipients are still open after {SETTLED_SECONDS:g} s")


def _table(counts: Counts, seconds: float) -> Table:
    """Draw the sums of each channel."""
    table = Table(title=f"{counts.people} people, {seconds:.1f} s", title_justify="left")
    for column in ("channel", "planned", "settled", "open", "outcomes"):
        table.add_column(column, justify="left" if column in {"channel", "outcomes"} else "right")
    for channel, each in sorted(counts.channels.items()):
        outcomes = ", ".join(f"{name} {count}" for name, count in each.outcomes.items())
        table.add_row(
            channel, str(each.planned), str(each.settled), str(each.open), outcomes or "…"
        )
    return table


def add_up(counts: Counts) -> None:
    """Check that planned = settled + open on every channel, and that somebody was reached."""
    if not counts.channels:
        raise DemoFailed("nobody was planned for")
    for channel, each in counts.channels.items():
        if not counts.add_up or each.planned != each.settled + each.open:
            raise DemoFailed(f"{channel}: {each.planned} ≠ {each.settled} + {each.open}")
        console.print(f"   {channel:6} {each.planned} planned = {each.settled} settled")


async def _signed(bus: Bus) -> Verified:
    """Verify the ledger once a checkpoint is signed over all of it, or as it is by then."""
    deadline = time.monotonic() + SIGNED_SECONDS
    while True:
        verified = await ask(bus, AUDIT_VERIFY, VerifyQuestion(), Verified, timeout=60)
        if verified.signed == verified.entries or time.monotonic() > deadline:
            return verified
        await asyncio.sleep(LOOK_SECONDS)


def believe(verified: Verified) -> None:
    """Say what the verification found."""
    if not verified.content:
        raise DemoFailed("\n".join(finding.sentence for finding in verified.findings))
    console.print(f"   {verified.entries} entries, whole and in order, {verified.signed} signed")
