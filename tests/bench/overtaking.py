"""Urgent overtakes: immediate alerts, and then a cancel, while a routine one goes to millions.

    .venv/bin/python tests/bench/overtaking.py [PEOPLE] [--alerts 200] [--every 1.0]

The whole system but the sandbox, with the sinks as its providers. First so many immediate alerts,
each to a hamlet of 100 people of its own, while nothing else happens; then a routine alert to
PEOPLE, and while it runs as many immediate ones again; then a cancel of the routine one. It prints
the time from each 202 to the first message at a sink, and from the cancel's 202 to the last message
that reached somebody who was not told before. PEOPLE (2,000,000) are so many that all this comes
before they are all told. Ends with 4 if the 99th percentile is over 0.25 s idle, over 1 s under
way, if sending goes on for 2 s after the cancel or was over before it, or if anybody of a hamlet
was not reached.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Final

from common.cap import Alert
from notification.subscription import Place
from testkit import crowd
from testkit.benchmarks import BAR_MISSED
from testkit.builders import alert, area, follow_up, info, newsletter
from testkit.fanout.measured import conditions
from testkit.fanout.ours import push_origin, write_providers
from testkit.scene import Scene
from testkit.sinks.process import Sink, running_sinks
from testkit.world import ALL, World

IDLE_SECONDS: Final = 0.25
UNDER_WAY_SECONDS: Final = 1.0
CANCEL_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 0.5
QUIET_SECONDS: Final = 10.0
NEAR: Final = 0.01
POLICY: Final = "[audience_limits]\nimmediate = 10000000\nroutine = 10000000\n"


@dataclass(frozen=True, slots=True)
class Run:
    """What is measured, and where."""

    people: int
    alerts: int
    every_seconds: float
    sinks: Mapping[str, Sink]

    def reached(self) -> int:
        """Return how many people the sinks have seen."""
        return sum(sink.report().people for sink in self.sinks.values())

    def firsts(self, first_hamlet: int) -> list[float]:
        """Return when somebody of each hamlet was first reached, on whichever channel."""
        start = self.people + first_hamlet * crowd.IN_A_HAMLET
        seen = [sink.firsts(start, crowd.IN_A_HAMLET, self.alerts) for sink in self.sinks.values()]
        return [min(filter(None, times), default=float("inf")) for times in zip(*seen, strict=True)]

    def lost(self) -> int:
        """Return how many people of all hamlets were not reached."""
        everybody = 2 * self.alerts * crowd.IN_A_HAMLET
        seen = [sink.firsts(self.people, 1, everybody) for sink in self.sinks.values()]
        return sum(not any(times) for times in zip(*seen, strict=True))


def main() -> int:
    """Measure, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("people", type=int, nargs="?", default=2_000_000)
    parser.add_argument("--alerts", type=int, default=200)
    parser.add_argument("--every", type=float, default=1.0, help="seconds from alert to alert")
    wish = parser.parse_args()
    os.environ["KENTONGAN_TEST_BUS"] = "child"
    everybody = wish.people + 2 * wish.alerts * crowd.IN_A_HAMLET
    with (
        tempfile.TemporaryDirectory(prefix="overtaking-") as folder,
        running_sinks(crowd.CHANNELS, everybody) as sinks,
    ):
        _say(_conditions(wish, Path(folder)))
        world = _world(Path(folder), sinks, wish)
        try:
            world.start()
            return asyncio.run(_measure(world, Run(wish.people, wish.alerts, wish.every, sinks)))
        finally:
            world.end()


def _world(folder: Path, sinks: dict[str, Sink], wish: argparse.Namespace) -> World:
    """Make the whole system, whose providers are the sinks."""
    policy = folder / "policy.toml"
    policy.write_text(POLICY)
    parts = [name for name in ALL if name != "sandbox"]
    world = World.made_in(folder, parts, {"triage": {"KENTONGAN_TRIAGE_POLICY_FILE": str(policy)}})
    write_providers(world.home, sinks, {})
    directory = folder / "directory.db"
    hamlets = 2 * wish.alerts
    asyncio.run(crowd.settle(directory, wish.people, push_origin(sinks), hamlets))
    stores = world.home.path / "notification"
    stores.mkdir(exist_ok=True)
    shutil.move(directory, stores / "directory.db")
    return world


async def _measure(world: World, run: Run) -> int:
    """Measure idle, under way, and the cancel."""
    async with Scene(world) as scene:
        idle = _waits("idle", await _urgent(scene, run, 0), run.firsts(0))
        calm = _alert("routine", newsletter(expires=_later(), area=(area(),)))
        before, began = run.reached(), time.time()
        await scene.publish(calm)
        while run.reached() == before:
            await asyncio.sleep(LOOK_SECONDS)
        answered = await _urgent(scene, run, run.alerts)
        under_way = _waits("under way", answered, run.firsts(run.alerts))
        told = run.reached() - before - run.alerts * crowd.IN_A_HAMLET
        seconds = time.time() - began
        _say(f"meanwhile {told:,} of {run.people:,} were reached in {seconds:.0f} s")
        cancel = await _cancel(scene, run, calm)
    lost = run.lost()
    _say(f"of the people of the hamlets, {lost} were not reached")
    good = idle < IDLE_SECONDS and under_way < UNDER_WAY_SECONDS and cancel < CANCEL_SECONDS
    return 0 if good and not lost else BAR_MISSED


async def _urgent(scene: Scene, run: Run, first_hamlet: int) -> list[float]:
    """Publish an alert to one hamlet after the other; return when each was answered."""
    answered, due = [], time.monotonic()
    for number in range(first_hamlet, first_hamlet + run.alerts):
        await scene.publish(_alert(f"urgent-{number}", _warning(crowd.hamlet(number))))
        answered.append(time.time())
        due += run.every_seconds
        await asyncio.sleep(max(due - time.monotonic(), 0.0))
    await asyncio.sleep(run.every_seconds)
    return answered


def _waits(when: str, answered: Sequence[float], firsts: Sequence[float]) -> float:
    """Print how long it took from each answer to the first message; return the 99th percentile."""
    waits = [max(first - said, 0.0) for said, first in zip(answered, firsts, strict=True)]
    centiles = statistics.quantiles(waits, n=100, method="inclusive")
    _say(
        f"{when}: from 202 to the first message of {len(waits)} immediate alerts: p50"
        f" {centiles[49] * 1000:.0f} ms, p99 {centiles[98] * 1000:.0f} ms, most"
        f" {max(waits) * 1000:.0f} ms"
    )
    return centiles[98]


async def _cancel(scene: Scene, run: Run, calm: Alert) -> float:
    """Cancel the routine alert; return after how long the last was reached who was not told.

    That is never, if all of them were told before.
    """
    await scene.publish(follow_up("Cancel", calm, minutes=1, infos=calm.infos))
    answered = time.time()
    seen = -1
    while (now := run.reached()) != seen:
        seen = now
        await asyncio.sleep(QUIET_SECONDS)
    last = max(sink.last_first(run.people) for sink in run.sinks.values())
    rest = run.people + 2 * run.alerts * crowd.IN_A_HAMLET - run.reached()
    _say(f"cancel: the last was sent {last - answered:.2f} s after its 202; {rest:,} were spared")
    return last - answered if rest else inf


def _warning(place: Place) -> object:
    """Return an immediate info for whoever lives near a place."""
    south, north = place.latitude - NEAR, place.latitude + NEAR
    west, east = place.longitude - NEAR, place.longitude + NEAR
    corners = ((north, west), (north, east), (south, east), (south, west), (north, west))
    square = " ".join(f"{latitude:.4f},{longitude:.4f}" for latitude, longitude in corners)
    return info(expires=_later(), area=(area(polygon=(square,)),))


def _alert(identifier: str, words: object) -> Alert:
    """Return an alert that is sent now."""
    now = datetime.now(UTC).replace(microsecond=0)
    return alert(identifier=identifier, sent=now, infos=(words,))


def _later() -> datetime:
    """Return when alerts end."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)


def _conditions(wish: argparse.Namespace, folder: Path) -> str:
    """Say under what conditions this is measured."""
    return (
        f"{wish.people:,} people, {wish.alerts} immediate alerts every {wish.every} s to"
        f" {crowd.IN_A_HAMLET} people each; {conditions(folder)}"
    )


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
