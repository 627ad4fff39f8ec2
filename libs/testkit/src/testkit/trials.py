"""One trial: an alert to 2,301 recipients, and a kill -9 somewhere in the middle of it."""

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from common.cap import Alert
from common.subjects import Priority, Stream
from kentongan.greeting import SENDER
from kentongan.operator import operator_bus
from testkit.builders import alert, info, newsletter
from testkit.counts import Counted, moments_told
from testkit.machines import FEEDS, WEBHOOKS, machines_beside
from testkit.reckoning import reckon
from testkit.town_halls import WEBHOOK
from testkit.village import CHANNELS, Village, is_alive

PEOPLE: Final = 1_000
WITH_EMAIL: Final = 600
WITH_PUSH: Final = 400
RECIPIENTS: Final = PEOPLE + WITH_EMAIL + WITH_PUSH + WEBHOOKS + FEEDS
ANSWER_SECONDS: Final = 0.15
HALL_ANSWER_SECONDS: Final = 0.5
SETTLED_SECONDS: Final = 240.0
LIVES_SECONDS: Final = 3600.0
MIDDLE_SECONDS: Final = 4.0
PATIENCE_SECONDS: Final = 10.0

Moment = Callable[[Village, str, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """Whom to kill and when; `immediate` or routine, because a crash means different things."""

    victim: str
    moment: str
    immediate: bool

    @property
    def lane(self) -> Priority:
        """Return the lane of the alert."""
        return Priority.IMMEDIATE if self.immediate else Priority.ROUTINE


def residents(village: Village) -> list[dict[str, str]]:
    """Return people who make two thousand recipients on three channels."""
    subscriptions = village.subscriptions(WITH_PUSH)
    return [
        {
            "person": f"p-{number}",
            "language": "en-US",
            "places": "-8.75 115.17",
            "sms": f"+62812{3_000_000 + number}",
            "email": f"p-{number}@village.example" if number < WITH_EMAIL else "",
            "push": json.dumps(subscriptions[number]) if number < WITH_PUSH else "",
        }
        for number in range(PEOPLE)
    ]


def warning(word: str, *, immediate: bool, lives_seconds: float = LIVES_SECONDS) -> Alert:
    """Return an alert whose headline holds a word by which the providers' messages are found."""
    now = datetime.now(UTC).replace(microsecond=0)
    make = info if immediate else newsletter
    told = make(
        headline=f"Tsunami {word}" if immediate else f"Market day {word}",
        expires=now + timedelta(seconds=lives_seconds),
    )
    return alert(identifier=f"trial-{word}", sender=SENDER, sent=now, infos=(told,))


def people_told() -> str:
    """Say how many people and machines there are, and how they are reached."""
    return (
        f"{PEOPLE:,} people, {WITH_EMAIL} with email and {WITH_PUSH} with push, "
        f"{WEBHOOKS} receivers of webhooks and {FEEDS} feed"
    )


@contextmanager
def prepared(village: Village) -> Iterator[None]:
    """Fill the directory, and have the providers and receivers take their time."""
    with machines_beside(village) as machines:
        asyncio.run(village.populate([*residents(village), *machines]))
        for channel in (*CHANNELS, WEBHOOK):
            take_time(village, channel)
        yield


def take_time(village: Village, channel: str) -> None:
    """Have a provider take its usual time: so long that all are under way for some seconds."""
    seconds = HALL_ANSWER_SECONDS if channel == WEBHOOK else ANSWER_SECONDS
    village.tell(channel, mode="slow", seconds=seconds)


def attempt(village: Village, trial: Trial, word: str) -> Counted:
    """Publish, kill, wait until all is settled, and reckon."""
    stored_before = _alerts_stored(village)
    alert_id = village.publish(warning(word, immediate=trial.immediate))
    MOMENTS[trial.moment](village, alert_id, stored_before)
    killed = time.time()
    if trial.victim == "supervisor":
        _kill_all_of_it(village)
    else:
        village.kill(trial.victim)
    wait_until_settled(village, alert_id)
    settled_seconds = time.time() - killed
    written_down = village.written_down(word)
    reckoning = reckon(village.home.path / "notification" / "delivery.db", alert_id, written_down)
    seconds = (*moments_told(village.received(word), killed), settled_seconds)
    return Counted.of((trial.lane, trial.moment), reckoning, seconds, [trial.victim])


def plan_of_trials(times: int) -> Iterator[Trial]:
    """Yield the trials: each part `times` times, triage at each of its moments, in both lanes."""
    triage = ("at once", "verdict stored", "release said")
    for number in range(times):
        immediate = number % 2 == 0
        yield Trial("nats-server", "in the middle", immediate)
        yield Trial("intake", "at once" if number % 2 else "soon", immediate)
        yield Trial("triage", triage[number % len(triage)], immediate)
        lane = "notification-immediate" if immediate else "notification"
        yield Trial(lane, "in the middle", immediate)
        yield Trial("audit", "in the middle", immediate)
    yield Trial("supervisor", "in the middle", immediate=True)


def _kill_all_of_it(village: Village) -> None:
    """Kill the supervisor, see that no orphan stays, and start again."""
    pids = {name: village.pid(name) for name in village.children()}
    village.kill_supervisor()
    deadline = time.monotonic() + SETTLED_SECONDS
    while alive := [name for name, pid in pids.items() if is_alive(pid)]:
        if time.monotonic() > deadline:
            raise AssertionError(f"orphans: {alive}")
        time.sleep(0.05)
    village.start()


def wait_until_settled(village: Village, alert_id: str, seconds: float = SETTLED_SECONDS) -> bool:
    """Wait until the ledger says that all are settled, for so long at most; tell whether it did."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        counts = asyncio.run(village.counts(alert_id))
        if counts is not None and counts.planned and counts.open == 0:
            if not counts.add_up:
                raise AssertionError(f"the sums do not add up: {counts}")
            return True
        time.sleep(0.2)
    return False


def _at_once(_: Village, __: str, ___: int) -> None:
    """Kill right after the 202."""


def _soon(_: Village, __: str, ___: int) -> None:
    """Kill within the first tenth of a second."""
    time.sleep(random.uniform(0, 0.1))  # noqa: S311 - a moment, not a secret


def _in_the_middle(_: Village, __: str, ___: int) -> None:
    """Kill somewhere in the seconds that the providers need."""
    time.sleep(random.uniform(0.1, MIDDLE_SECONDS))  # noqa: S311 - as above


def _verdict_stored(village: Village, alert_id: str, _: int) -> None:
    """Kill as soon as the register holds the verdict: before it is said, or just after."""
    register = village.home.path / "triage" / "triage.db"
    deadline = time.monotonic() + PATIENCE_SECONDS
    with closing(sqlite3.connect(f"file:{register}?mode=ro", uri=True)) as store:
        found = "SELECT 1 FROM alerts WHERE alert_id = ?"
        while not store.execute(found, (alert_id,)).fetchone() and time.monotonic() < deadline:
            time.sleep(0.0005)


def _release_said(village: Village, _: str, stored_before: int) -> None:
    """Kill as soon as the stream holds the release: before the accepted alert is acked."""
    asyncio.run(_until_stored(village, stored_before + 2))


async def _until_stored(village: Village, number: int) -> None:
    """Ask the stream until it has so many messages."""
    async with operator_bus(village.home.path) as bus, asyncio.timeout(PATIENCE_SECONDS):
        while (await bus.jetstream.stream_info(Stream.ALERTS)).state.last_seq < number:
            await asyncio.sleep(0)


def _alerts_stored(village: Village) -> int:
    """Return the last sequence of the stream of alerts."""

    async def ask() -> int:
        async with operator_bus(village.home.path) as bus:
            return int((await bus.jetstream.stream_info(Stream.ALERTS)).state.last_seq)

    return asyncio.run(ask())


MOMENTS: Final[dict[str, Moment]] = {
    "at once": _at_once,
    "soon": _soon,
    "in the middle": _in_the_middle,
    "verdict stored": _verdict_stored,
    "release said": _release_said,
}
