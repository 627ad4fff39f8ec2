"""`kentongan up`: the whole system on one machine, kept running until it is told to end."""

import asyncio
import signal
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Annotated, Final

import httpx
import nats.errors
import structlog
import typer
from rich.console import Console

from common.messaging import streams
from common.messaging.failures import BusDiffers
from common.messaging.rewinding import rewind_all
from common.messaging.topology import consumers
from common.observability import rings
from common.observability.logging import unfailing_loggers
from kentongan.children import Child, Command
from kentongan.commands import nats_command, service_commands
from kentongan.greeting import greet, make_first_key
from kentongan.home import Home, home_at
from kentongan.liveness import Liveness
from kentongan.operator import NoBus, operator_bus
from kentongan.parts import HEALTH, health_of
from kentongan.preflight import NotReady, only_one, refuse_to_start_on
from kentongan.providers import live_channels, write_practice_providers
from kentongan.restarts import forget_restarts, note_restart
from notification.manifest import channel_names

READY_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 2.0
REWIND_SECONDS: Final = 5.0
MOST_FALSE_STARTS: Final = 3

console = Console(highlight=False, soft_wrap=True)


def up(
    home: Annotated[Path | None, typer.Option(help="The folder with all data.")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1024, max=65_000, help="First port; else the one it had before."),
    ] = None,
) -> None:
    """Start everything on this machine; Ctrl-C drains and ends it."""
    there = home_at(home)
    try:
        there.make_folders()
        with only_one(there):
            there.make(port)
            refuse_to_start_on(there)
            forget_restarts(there.path)
            with (there.path / "logs" / "supervisor.log").open("a", buffering=1) as log:
                structlog.configure(logger_factory=unfailing_loggers(log))
                asyncio.run(supervise(there))
    except (NotReady, OSError) as reason:
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
    await _ready(home, [bus])
    await _provision(home)
    for work in (_revive, _rewind):
        running.callback(asyncio.create_task(work(home, bus), name=work.__name__).cancel)
    write_practice_providers(home)
    children = [Child(command, _child_ended) for command in service_commands(home)]
    running.push_async_callback(_stop_all, children)
    for child in children:
        await child.start()
    await _ready(home, children)
    await make_first_key(home)
    greet(console, home, live_channels(home))


async def _stop_all(children: Sequence[Child]) -> None:
    """Tell the services to end, all at once; the providers end after those that use them."""
    providers = [child for child in children if child.command.name == "sandbox"]
    services = [child for child in children if child not in providers]
    await asyncio.gather(*(child.stop() for child in services))
    await asyncio.gather(*(child.stop() for child in providers))


async def _ready(home: Home, children: Sequence[Child]) -> None:
    """Wait until each is ready; whoever is not by then, or keeps ending, is named."""
    async with httpx.AsyncClient(timeout=3.0, trust_env=False) as client:
        failing = {child.command.name: "no answer" for child in children}
        for _ in range(int(READY_SECONDS / 0.1)):
            _refuse_false_starts(children)
            for name in tuple(failing):
                health = await health_of(client, home, name)
                failing[name] = "; ".join(health.failing)
                if not health.failing:
                    del failing[name]
            if not failing:
                return
            await asyncio.sleep(0.1)
    slow = "; ".join(f"{name}: {reason}" for name, reason in failing.items())
    raise NotReady(f"not ready within {READY_SECONDS:g} s: {slow}. See {home.path / 'logs'}")


def _refuse_false_starts(children: Sequence[Child]) -> None:
    """Raise `NotReady` for a child that ends again and again before it was ever ready."""
    for child in children:
        if child.restarts > MOST_FALSE_STARTS:
            name, log = child.command.name, child.command.log
            raise NotReady(f"{name} keeps ending: {_last_line(log)} (see {log})")


def _last_line(log: Path) -> str:
    """Return the last line of a log."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it says nothing"


async def _provision(home: Home) -> None:
    """Make the streams; what differs and cannot be changed in place is said."""
    try:
        async with operator_bus(home.path) as bus:
            made = await streams.apply(bus.jetstream, channel_names())
    except (NoBus, BusDiffers, nats.errors.Error) as reason:
        raise NotReady(f"the bus is not as it should be: {reason}") from reason
    if made:
        console.print(f"[dim]made {len(made)} streams, buckets and consumers[/dim]")


async def _watch(home: Home) -> None:
    """Say what begins and ends to ring, and who is not ready."""
    said = dict.fromkeys(HEALTH, "")
    async with httpx.AsyncClient(timeout=3.0, trust_env=False) as client:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for name in HEALTH:
                now = (await health_of(client, home, name)).sentence
                if now != said[name]:
                    _say_condition(name, now)
                said[name] = now


async def _revive(home: Home, bus: Child) -> None:
    """End a nats-server that runs and is not well: one that met a full disk stays ill for ever."""
    liveness, name = Liveness(), bus.command.name
    async with httpx.AsyncClient(timeout=3.0, trust_env=False) as client:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            health = await health_of(client, home, name)
            over = liveness.is_over(time.monotonic(), well=not health.failing)
            if over and bus.pid is not None:
                _say(f"[red]{name}[/red] stays ill, and is ended: {health.sentence}")
                await bus.end()


async def _rewind(home: Home, bus: Child) -> None:
    """Set back consumers that are beyond the end of a stream that was damaged."""
    while True:
        await asyncio.sleep(REWIND_SECONDS)
        if bus.pid is None:
            continue
        with suppress(NoBus, nats.errors.Error, OSError, TimeoutError):
            async with operator_bus(home.path) as operator:
                for done in await rewind_all(operator.jetstream, consumers(channel_names())):
                    _say(f"[yellow]{done}[/yellow]")


def _say(sentence: str) -> None:
    """Print a sentence, if there is room for it."""
    with suppress(OSError):
        console.print(sentence)


def _say_condition(name: str, condition: str) -> None:
    """Print a change."""
    if condition:
        _say(f"[yellow]{name}[/yellow] {condition}")
    else:
        _say(f"[green]{name}[/green] is well again")


def _child_ended(command: Command, code: int, delay: float) -> None:
    """Say, note and ring that a child ended, and when it is started again."""
    how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
    _say(f"[red]{command.name}[/red] ended {how}; started again in {delay:g} s")
    with suppress(OSError):
        note_restart(command.home, f"{command.name} ended {how}")
    rings.ring("child_restarted", command.name, how=how)


async def _said_goodbye() -> None:
    """Say that all has ended."""
    console.print("ended; `kentongan up` goes on where it was")
