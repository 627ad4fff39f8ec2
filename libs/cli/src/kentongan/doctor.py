"""`kentongan doctor`: is all well here, what rings, and what is to be done about it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Final

import httpx
import typer
from nats.js.errors import NotFoundError
from rich.console import Console

from common.messaging import Bus, streams
from common.messaging.failures import NoAnswer
from common.observability.rings import CONDITIONS
from common.problems import Refusal
from common.questions.notification import LinkShown
from common.subjects import Stream
from kentongan.home import Home, home_at
from kentongan.links import NO_ADDRESS, sentence, shown_links
from kentongan.operator import HomeOption, NoBus, operator_bus
from kentongan.parts import HEALTH, Health, health_of
from kentongan.preflight import (
    Finding,
    NotReady,
    folder_findings,
    nats_server_binary,
    port_findings,
    port_is_free,
    store_findings,
)
from kentongan.restarts import recent_restarts
from notification.manifest import channel_names

FILLING: Final = 0.7
RUNBOOKS: Final = "docs/runbooks"

console = Console(highlight=False, soft_wrap=True)


def doctor(home: HomeOption = None) -> None:
    """Look at everything, and say what to do; exit 1 if anything is not well."""
    findings = asyncio.run(examine(home_at(home)))
    for finding in findings:
        mark = "[green]well[/green]" if finding.well else "[red]ill [/red]"
        console.print(f"{mark}  {finding.what}")
        if finding.advice:
            console.print(f"      → {finding.advice}")
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


async def examine(home: Home) -> list[Finding]:
    """Return what was found: the machine first, then either what runs or what keeps it from it."""
    findings = [_binary(), *folder_findings(home), *store_findings(home)]
    if port_is_free(home.port("nats")) and port_is_free(home.port("api")):
        advice = f"start it with `kentongan up --home {home.path}`"
        idle = Finding("Kentongan runs", well=False, advice=advice)
        return [*findings, *port_findings(home), idle]
    findings += [finding async for finding in _parts(home)]
    findings += [finding async for finding in _bus(home)]
    advice = f"{RUNBOOKS}/child_restarted.md says what to do"
    findings += [Finding(each, well=False, advice=advice) for each in recent_restarts(home.path)]
    return findings


def _binary() -> Finding:
    """Look for nats-server."""
    try:
        return Finding(f"nats-server is {nats_server_binary()}", well=True)
    except NotReady as missing:
        return Finding("nats-server is there", well=False, advice=str(missing))


async def _parts(home: Home) -> AsyncIterator[Finding]:
    """Ask each part whether it is ready and what rings there."""
    async with httpx.AsyncClient(timeout=3.0, trust_env=False) as client:
        for name in HEALTH:
            for finding in _told(home, name, await health_of(client, home, name)):
                yield finding


def _told(home: Home, name: str, health: Health) -> Iterator[Finding]:
    """Read what a part said of itself."""
    advice = f"{'; '.join(health.failing)}: read the end of {home.path / 'logs' / name}.log"
    well = not health.failing
    yield Finding(f"{name} is ready", well, "" if well else advice)
    for condition in health.ringing:
        meaning = CONDITIONS.get(condition, condition)
        page = f"{RUNBOOKS}/{condition}.md says what to do"
        yield Finding(f"{name} rings {condition}: {meaning}", well=False, advice=page)


async def _bus(home: Home) -> AsyncIterator[Finding]:
    """Compare the bus with its table, and look how full it is."""
    try:
        async with operator_bus(home.path) as bus:
            differences = await streams.check(bus.jetstream, channel_names())
            for line in differences:
                yield Finding(line, well=False, advice="run `kentongan streams apply`")
            if not differences:
                yield Finding("streams, consumers and buckets are as the table says", well=True)
            async for finding in _fullness(bus):
                yield finding
            for finding in await _links(bus):
                yield finding
    except NoBus as reason:
        yield Finding("the bus can be reached", well=False, advice=str(reason))


async def _fullness(bus: Bus) -> AsyncIterator[Finding]:
    """Say how full each stream is, and whether anything was given up."""
    for stream in Stream:
        try:
            info = await bus.jetstream.stream_info(stream)
        except NotFoundError:
            continue
        ratio = info.state.bytes / info.config.max_bytes if info.config.max_bytes else 0.0
        advice = f"raise its limit: `kentongan streams grow {stream} MEBIBYTES`"
        well = ratio < FILLING
        yield Finding(f"{stream} is {ratio:.0%} full", well, "" if well else advice)
        if stream is Stream.DEAD and info.state.messages:
            count = info.state.messages
            yield Finding(f"{count} given up", well=False, advice="see `kentongan dead list`")


async def _links(bus: Bus) -> list[Finding]:
    """Say what the last test of each link to a provider came to; one without an address is told."""
    try:
        shown = await shown_links(bus)
    except (NoAnswer, Refusal) as silence:
        advice = f"notification says nothing of them: {silence}"
        return [Finding("links to providers are tested", well=False, advice=advice)]
    return [
        Finding(sentence(each, shown.now), each.well, _advice_about(each)) for each in shown.links
    ]


def _advice_about(link: LinkShown) -> str:
    if not link.well:
        return f"{RUNBOOKS}/link_test_failed.md says what to do"
    if link.state == NO_ADDRESS:
        return "set link_test_address in providers.toml to an address of yours"
    return ""
