"""Our notification as it is deployed, on a bus of its own, and how long it takes to reach all."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from common.cap import alert_id
from common.events.triage import AlertReleased, Audience
from common.messaging import Bus, publish
from common.subjects import Priority, Service, Stream
from kentongan.home import Home, write_secret
from kentongan.providers import written
from testkit.builders import alert, info
from testkit.bus import ChildServer, settings_of
from testkit.fanout.measured import HEADLINE, INSTRUCTION, Fanout, Trial
from testkit.part import Part
from testkit.plugin import connected
from testkit.ports import free_port
from testkit.sinks.process import Sink
from testkit.world import World

FETCHED: Final = 200
LOOK_SECONDS: Final = 1.0
SETTLED: Final = "notification.settled."


def our_fanout(trial: Trial) -> Fanout:
    """Start it, release one alert, wait until all are settled, and end it."""
    world = _world(trial)
    try:
        world.start()
        assert isinstance(world.server, ChildServer)
        pids = {name: part.pid for name, part in world.parts.items()}
        with trial.gauge({**pids, "bus": world.server.pid}) as gauge:
            ends = asyncio.run(_release(world.server, trial))
        reports = {name: sink.forget() for name, sink in trial.sinks.items()}
        return Fanout(trial.people, max(ends.values()), ends, gauge, reports, trial.shares)
    finally:
        world.end()


def write_providers(home: Home, sinks: Mapping[str, Sink], per_second: Mapping[str, float]) -> None:
    """Write that the sinks are the providers, on as many connections as the naive one has.

    Nobody is asked for receipts, and a process paces itself to so many per second.
    """
    of_channel: dict[str, dict[str, Any]] = {
        "sms": {"kind": "smpp", "window": 64, "receipts": False},
        "email": {"kind": "smtp", "connections": 16},
        "push": {"kind": "webpush", "in_flight": 50},
    }
    providers: dict[str, dict[str, dict[str, Any]]] = {}
    for channel, sink in sinks.items():
        where = _push_place(home, sinks) if channel == "push" else {"port": sink.port}
        providers[channel] = {"sink": {"practice": True, **where, **of_channel[channel]}}
    for channel, rate in per_second.items():
        providers[channel]["sink"] |= {"per_second": rate}
    write_secret(home.providers_file, written(providers))


def _push_place(home: Home, sinks: Mapping[str, Sink]) -> dict[str, Any]:
    """Return which push service it is, and who sends there."""
    return {
        "vapid_key_file": str(home.vapid_key.resolve()),
        "practice_origins": [push_origin(sinks)],
    }


def push_origin(sinks: Mapping[str, Sink]) -> str:
    """Return where the push sink is."""
    return f"http://127.0.0.1:{sinks['push'].port}"


def _world(trial: Trial) -> World:
    """Make a bus and the workers, whose directory is there already."""
    name = "notification-immediate" if trial.lane is Priority.IMMEDIATE else "notification"
    world = World.made_in(trial.folder, (name,))
    write_providers(world.home, trial.sinks, trial.per_second)
    first = world.parts[name].command
    for number in range(1, trial.workers):
        port = free_port()
        changes = {
            "KENTONGAN_NOTIFICATION_PORT": str(port),
            "KENTONGAN_NOTIFICATION_DESK": "false",
        }
        more = replace(first, name=f"{name}-{number + 1}", settings={**first.settings, **changes})
        world.parts[more.name] = Part(more, f"http://127.0.0.1:{port}/readyz")
    stores = world.home.path / "notification"
    stores.mkdir()
    shutil.copy(trial.directory, stores / "directory.db")
    return world


async def _release(server: ChildServer, trial: Trial) -> dict[str, float]:
    """Release an alert, and return after how many seconds each channel was settled."""
    bus = Bus(settings_of(server, Service.TRIAGE), Service.TRIAGE)
    await bus.start()
    try:
        released = _released(trial.lane)
        began = time.time()
        await publish(bus, released)
        async with asyncio.timeout(trial.patience_seconds):
            last = await _settled(server, trial.expected)
    finally:
        await bus.stop()
    return {channel: at - began for channel, at in last.items()}


def _released(lane: Priority) -> AlertReleased:
    """Return the release of an alert for the harbor."""
    now = datetime.now(UTC).replace(microsecond=0)
    life = now + timedelta(hours=3)
    words = info(headline=HEADLINE, instruction=INSTRUCTION, expires=life)
    told = alert(identifier="crowd", sent=now, infos=(words,))
    name = alert_id(told.key)
    return AlertReleased(
        alert_id=name,
        accepted_event="accepted",
        reason="released",
        sentence="It goes out.",
        decided_at=now,
        alert=told,
        priority=lane,
        info_priorities=(lane,),
        expires_at=life,
        chain=name,
        audience=Audience(by_area=True),
        accepted_at=now,
    )


class _One(msgspec.Struct):
    """One outcome, as much of it as is counted."""

    recipient: str
    outcome: str


class _Told(msgspec.Struct):
    """One event about outcomes, as much of it as is counted."""

    settlements: list[_One] = []


@dataclass(slots=True)
class _Ends:
    """Who is settled, and when the last of each channel was."""

    expected: Mapping[str, int]
    settled: dict[str, set[str]] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)

    @property
    def all_there(self) -> bool:
        """Whether the sums are complete."""
        return {name: len(ids) for name, ids in self.settled.items()} == self.expected

    def hear(self, message: Any) -> None:
        """Take one event of the stream; its time is the server's."""
        channel = message.subject.removeprefix(SETTLED)
        if channel not in self.expected:
            return
        told = msgspec.json.decode(message.data, type=_Told)
        wrong = {each.outcome for each in told.settlements} - {"accepted"}
        if wrong:
            raise AssertionError(f"outcomes on {channel} that nobody expected: {wrong}")
        self.settled.setdefault(channel, set()).update(one.recipient for one in told.settlements)
        self.last[channel] = message.metadata.timestamp.timestamp()


async def _settled(server: ChildServer, expected: Mapping[str, int]) -> dict[str, float]:
    """Read OUTCOMES as audit does, until the sums are complete; return when each channel was."""
    ends = _Ends(expected)
    async with connected(server, Service.AUDIT) as client:
        heard = await client.jetstream().pull_subscribe_bind(
            "audit-outcomes", Stream.OUTCOMES, inbox_prefix=b"_INBOX_audit."
        )
        while not ends.all_there:
            try:
                messages = await heard.fetch(FETCHED, timeout=LOOK_SECONDS)
            except TimeoutError:
                continue
            for message in messages:
                ends.hear(message)
                await message.ack()
    return ends.last
