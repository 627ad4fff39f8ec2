"""How it goes wrong around a village: each happens as its block begins, and ends with it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

from common.subjects import Bucket, Priority, Stream, requested
from kentongan.operator import operator_bus
from kentongan.providers import practice_providers
from testkit.damage import filled, flip_a_bit
from testkit.ground import RIGHT, clock_file, set_clock
from testkit.linked_village import NATS, LinkedVillage
from testkit.proxy import Proxy
from testkit.trials import take_time, warning
from testkit.village import Tables

RINGS_SECONDS: Final = 300.0
DAMAGED: Final = (
    Stream.NOTIFICATIONS,
    Stream.ALERTS,
    f"KV_{Bucket.DELIVERY_PROGRESS}",
    Stream.OUTCOMES,
)
JUMPS: Final = ("+600", "-600")


@dataclass(frozen=True, slots=True)
class Turn:
    """One time that a fault happens: the lane, and the channel whose provider is meant."""

    immediate: bool
    channel: str
    number: int = 0

    @property
    def lane(self) -> Priority:
        """Return the lane of the alert."""
        return Priority.IMMEDIATE if self.immediate else Priority.ROUTINE

    @property
    def deliverer(self) -> str:
        """Return the process that delivers it."""
        return "notification-immediate" if self.immediate else "notification"


Happens = Callable[[LinkedVillage, Turn], AbstractContextManager[None]]


def link(name: str, breaks: Callable[[Proxy], None]) -> Happens:
    """Break a link, and have it carry again."""

    @contextmanager
    def happens(village: LinkedVillage, _: Turn) -> Iterator[None]:
        proxy = village.links[name]
        breaks(proxy)
        try:
            yield
        finally:
            proxy.pass_on()

    return happens


def provider(**fault: object) -> Happens:
    """Have a provider behave in some way, and as usual again."""

    @contextmanager
    def happens(village: LinkedVillage, turn: Turn) -> Iterator[None]:
        village.tell(turn.channel, **fault)
        try:
            yield
        finally:
            take_time(village, turn.channel)

    return happens


@contextmanager
def provider_lies(village: LinkedVillage, turn: Turn) -> Iterator[None]:
    """Have the first provider of short messages throw away what it takes; yield when it rings.

    Then it is told another alert, which it delivers, until it rings no more.
    """
    known = practice_providers(village.home)["sms"]["sandbox"]
    accounts = (known["system_id"], known["immediate"]["system_id"])
    village.tell("sms", mode="lie", accounts=accounts)
    try:
        rang = _seconds_until(village, turn.deliverer, rings=True)
        left = village.sample(
            turn.deliverer, "kentongan_provider_points", channel="sms", provider="sandbox"
        )
        yield
    finally:
        take_time(village, "sms")
    village.publish(warning(f"H{turn.number:04d}", immediate=turn.immediate))
    quiet = _seconds_until(village, turn.deliverer, rings=False)
    village.noted.append(
        f"it rang after {rang:.0f} s, {left:.0f} of 100 points were left to the liar;"
        f" quiet {quiet:.0f} s after an honest alert"
    )


def _seconds_until(village: LinkedVillage, part: str, *, rings: bool) -> float:
    """Return the seconds until a part says that a provider is silent, or that none is any more."""
    began = time.monotonic()
    while bool(village.sample(part, "kentongan_ringing", condition="channel_silent")) is not rings:
        if time.monotonic() - began > RINGS_SECONDS:
            raise TimeoutError(f"channel_silent did not {'ring' if rings else 'end'} in time")
        time.sleep(0.5)
    return time.monotonic() - began


def bus_stands_still(village: LinkedVillage, _: Turn) -> AbstractContextManager[None]:
    """Stop the bus where it stands."""
    return village.held(NATS)


def deliverer_stands_still(village: LinkedVillage, turn: Turn) -> AbstractContextManager[None]:
    """Stop the process that delivers where it stands."""
    return village.held(turn.deliverer)


def login_is_wrong(village: LinkedVillage, _: Turn) -> AbstractContextManager[None]:
    """Have the file of providers hold a password that the SMSC does not take."""

    def change(tables: Tables) -> None:
        tables["sms"]["sandbox"]["password"] = "wrong"  # noqa: S105 - it is none

    return village.providers(change)


@contextmanager
def consumer_is_deleted(village: LinkedVillage, turn: Turn) -> Iterator[None]:
    """Delete the durable of a lane, and have the operator make it again."""
    asyncio.run(_delete_consumer(village, requested(turn.channel, turn.lane)))
    yield
    applied = village.world.command("streams", "apply")
    if applied.returncode:
        raise RuntimeError(applied.stdout + applied.stderr)


def disk_is_full(village: LinkedVillage, _: Turn) -> AbstractContextManager[None]:
    """Fill the disk that the village stands on."""
    return filled(village.folder)


@contextmanager
def bit_flips(village: LinkedVillage, turn: Turn) -> Iterator[None]:
    """Kill the bus, turn over a bit of one of its streams, and start it again."""
    stream = DAMAGED[turn.number // 2 % len(DAMAGED)]
    village.server.kill()
    (folder,) = village.server.folder.glob(f"**/streams/{stream}")
    village.noted.append(str(flip_a_bit(folder, turn.number)))
    village.server.start()
    yield


@contextmanager
def clock_jumps(village: LinkedVillage, turn: Turn) -> Iterator[None]:
    """Have the clock of our processes wrong, ahead and behind in turn, and right again."""
    offset = JUMPS[turn.number // 2 % len(JUMPS)]
    village.noted.append(f"{offset} s")
    set_clock(clock_file(village.folder), offset)
    try:
        yield
    finally:
        set_clock(clock_file(village.folder), RIGHT)


async def _delete_consumer(village: LinkedVillage, subject: str) -> None:
    """Delete whichever durable hears a subject."""
    async with operator_bus(village.home.path) as bus:
        for found in await bus.jetstream.consumers_info(Stream.NOTIFICATIONS):
            heard = (found.config.filter_subject, *(found.config.filter_subjects or ()))
            if subject in heard:
                await bus.jetstream.delete_consumer(Stream.NOTIFICATIONS, found.name)
                return
    raise LookupError(f"nobody hears {subject}")
