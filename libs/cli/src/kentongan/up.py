"""`kentongan up`: the whole system on one machine, kept running until it is told to end."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import httpx
import nats.errors
import typer
from rich.console import Console

from common.messaging import ask, streams
from common.messaging.failures import BusDiffers
from common.questions.intake import KeyCreated, KeyRequest
from common.subjects import INTAKE_KEYS_CREATE
from kentongan.children import Child
from kentongan.commands import nats_command, service_commands
from kentongan.home import DEFAULT_PORT, Home, home_at, write_secret
from kentongan.operator import NoBus, operator_bus
from kentongan.preflight import NotReady, only_one, refuse_to_start_on
from kentongan.samples import tsunami_warning
from notification.manifest import channel_names

READY_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 2.0
HEALTH: Final = {
    "nats-server": ("nats-monitoring", "/healthz"),
    "sandbox": ("page", "/healthz"),
    "intake": ("api", "/readyz"),
    "triage": ("triage", "/readyz"),
    "notification": ("notification", "/readyz"),
    "notification-immediate": ("immediate", "/readyz"),
    "audit": ("audit", "/readyz"),
}
SENDER: Final = "duty@village.example"

console = Console(highlight=False)


def up(
    home: Annotated[Path | None, typer.Option(help="The folder with all data.")] = None,
    port: Annotated[int, typer.Option(min=1024, max=65_000, help="First port.")] = DEFAULT_PORT,
) -> None:
    """Start everything on this machine; Ctrl-C drains and ends it."""
    there = home_at(home)
    try:
        there.make(port)
        with only_one(there):
            refuse_to_start_on(there)
            asyncio.run(supervise(there))
    except (NotReady, PermissionError) as reason:
        console.print(f"[red]cannot start:[/red] {reason}")
        raise typer.Exit(1) from reason


async def supervise(home: Home) -> None:
    """Run all children until a signal comes; the bus starts first and ends last."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    async with AsyncExitStack() as running:
        running.push_async_callback(_said_goodbye)
        starting = asyncio.create_task(_start(home, running))
        waiting = asyncio.create_task(told.wait())
        await asyncio.wait([starting, waiting], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            watching = asyncio.create_task(_watch(home))
            await waiting
            watching.cancel()
        starting.cancel()
        console.print("\nending: what is in hand is finished first …")


async def _start(home: Home, running: AsyncExitStack) -> None:
    """Start the bus, make its streams, start the services, and greet."""
    bus = Child(nats_command(home), _child_ended)
    await bus.start()
    running.push_async_callback(bus.stop)
    await _ready(home, ["nats-server"])
    await _provision(home)
    children = [Child(command, _child_ended) for command in service_commands(home)]
    for child in children:
        await child.start()
    running.push_async_callback(_stop_all, children)
    await _ready(home, [child.command.name for child in children])
    await _make_first_key(home)
    _greet(home)


async def _stop_all(children: Sequence[Child]) -> None:
    """Tell the services to end, all at once; the providers end after those that use them."""
    providers = [child for child in children if child.command.name == "sandbox"]
    services = [child for child in children if child not in providers]
    await asyncio.gather(*(child.stop() for child in services))
    await asyncio.gather(*(child.stop() for child in providers))


async def _ready(home: Home, names: Sequence[str]) -> None:
    """Wait until each is ready; whoever is not by then is named, with the reason."""
    async with httpx.AsyncClient(timeout=3.0, trust_env=False) as client:
        failing = dict.fromkeys(names, "no answer")
        for _ in range(int(READY_SECONDS / 0.1)):
            for name in list(failing):
                reason = await look(client, home, name)
                if reason is None:
                    del failing[name]
                else:
                    failing[name] = reason
            if not failing:
                return
            await asyncio.sleep(0.1)
    slow = "; ".join(f"{name}: {reason}" for name, reason in failing.items())
    raise NotReady(f"not ready within {READY_SECONDS:g} s: {slow}. See {home.path / 'logs'}")


async def look(client: httpx.AsyncClient, home: Home, name: str) -> str | None:
    """Return why a part is not ready, or nothing if it is."""
    port, path = HEALTH[name]
    try:
        answer = await client.get(home.address(port) + path)
    except httpx.HTTPError:
        return "no answer"
    if answer.status_code == httpx.codes.OK:
        return None
    with suppress(ValueError, AttributeError):
        reasons: dict[str, str] = answer.json().get("failing", {})
        return ", ".join(f"{what} ({why})" for what, why in reasons.items()) or "not ready"
    return f"answered {answer.status_code}"


async def _provision(home: Home) -> None:
    """Make the streams; what differs and cannot be changed in place is said."""
    try:
        async with operator_bus(home.path) as bus:
            for line in await streams.apply(bus.jetstream, channel_names()):
                console.print(f"[dim]{line}[/dim]")
    except (NoBus, BusDiffers, nats.errors.Error) as reason:
        raise NotReady(f"the bus is not as it should be: {reason}") from reason


async def _make_first_key(home: Home) -> None:
    """Make a publisher's key at the first start, so that a first alert can be sent."""
    file = home.path / "publisher.key"
    if file.exists():
        return
    async with operator_bus(home.path) as bus:
        wish = KeyRequest(name="first-publisher", senders=(SENDER,), may=("publish", "exercise"))
        made = await ask(bus, INTAKE_KEYS_CREATE, wish, KeyCreated)
    write_secret(file, made.secret)


def _greet(home: Home) -> None:
    """Print what a person needs."""
    key = (home.path / "publisher.key").read_text().strip()
    sample = home.path / "first-alert.xml"
    now = datetime.now(UTC)
    sample.write_bytes(tsunami_warning(SENDER, f"first-alert-{now:%Y%m%dT%H%M%S}", now))
    console.print(
        f"""
[bold green]Kentongan is ready.[/bold green]

  API              {home.address("api")}/v1/alerts   (its pages: {home.address("api")}/docs)
  publisher's key  {key}
                   speaks as {SENDER}
  sandbox page     {home.address("page")}   (what each person got)
  data and logs    {home.path.resolve()}

  Send a first alert:

  curl -sS {home.address("api")}/v1/alerts \\
       -H "Authorization: Bearer $(cat {home.path}/publisher.key)" \\
       -H 'Content-Type: application/cap+xml' --data-binary @{sample}

  or, for a whole village:  make demo        Is all well?  kentongan doctor        End:  Ctrl-C
""",
        soft_wrap=True,
    )


async def _watch(home: Home) -> None:
    """Say what begins and ends to ring, and who is not ready."""
    said: dict[str, str] = {}
    async with httpx.AsyncClient(timeout=3.0, trust_env=False) as client:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for name in HEALTH:
                now = await _condition(client, home, name)
                if now != said.get(name, ""):
                    _say_condition(name, now)
                said[name] = now


async def _condition(client: httpx.AsyncClient, home: Home, name: str) -> str:
    """Return what is wrong with a part now, in one line, or nothing."""
    port, path = HEALTH[name]
    try:
        answer = (await client.get(home.address(port) + path)).json()
    except (httpx.HTTPError, ValueError):
        return "no answer"
    failing = [f"{what}: {why}" for what, why in answer.get("failing", {}).items()]
    ringing = [f"rings {condition}" for condition in answer.get("ringing", [])]
    return "; ".join(failing + ringing)


def _say_condition(name: str, condition: str) -> None:
    """Print a change."""
    if condition:
        console.print(f"[yellow]{name}[/yellow] {condition}")
    else:
        console.print(f"[green]{name}[/green] is well again")


def _child_ended(name: str, code: int, delay: float) -> None:
    """Say that a child ended, and when it is started again."""
    how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
    console.print(f"[red]{name}[/red] ended {how}; started again in {delay:g} s")


async def _said_goodbye() -> None:
    """Say that all has ended."""
    console.print("ended; `kentongan up` goes on where it was")
