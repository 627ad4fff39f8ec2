"""What can go wrong around a village in the middle of an alert, each with its name."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from common.subjects import Bucket, Priority, Stream, requested
from kentongan.operator import operator_bus
from kentongan.providers import practice_providers
from testkit.damage import filled, flip_a_bit
from testkit.ground import (
    RIGHT,
    Ground,
    as_usual,
    clock_file,
    clock_of_its_own,
    set_clock,
    small_disk,
)
from testkit.linked_village import BUS, NATS, LinkedVillage
from testkit.proxy import Proxy
from testkit.town_halls import WEBHOOK
from testkit.trials import LIVES_SECONDS, SETTLED_SECONDS, take_time, warning
from testkit.village import CHANNELS, Tables

SLOW_SECONDS: Final = 5.0
MOST_PER_SECOND: Final = 20.0
RINGS_SECONDS: Final = 300.0
EVEN: Final = 100
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


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong for some seconds, or without them until all are settled.

    Recovery counts from its end, or from its beginning where it does not end. Without a channel it
    befalls each in turn. With `second`, a weight, there is another provider beside it. `ground` is
    what its village stands on. `most_seconds` is for one that holds back what its own end settles,
    as receipts; `lives_seconds` is for one that only the end of the alert settles for everybody.
    """

    says: str
    happens: Happens
    seconds: float | None = None
    channel: str = ""
    second: int | None = None
    ground: Ground = as_usual
    most_seconds: float = SETTLED_SECONDS
    lives_seconds: float = LIVES_SECONDS

    def turn(self, number: int) -> Turn:
        """Return the lane and the channel of a repetition: six go through all of them."""
        return Turn(number % 2 == 0, self.channel or CHANNELS[number % len(CHANNELS)], number)


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
def _provider_lies(village: LinkedVillage, turn: Turn) -> Iterator[None]:
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


def _bus_stands_still(village: LinkedVillage, _: Turn) -> AbstractContextManager[None]:
    return village.held(NATS)


def _deliverer_stands_still(village: LinkedVillage, turn: Turn) -> AbstractContextManager[None]:
    return village.held(turn.deliverer)


def _login_is_wrong(village: LinkedVillage, _: Turn) -> AbstractContextManager[None]:
    def change(tables: Tables) -> None:
        tables["sms"]["sandbox"]["password"] = "wrong"  # noqa: S105 - it is none

    return village.providers(change)


@contextmanager
def _consumer_is_deleted(village: LinkedVillage, turn: Turn) -> Iterator[None]:
    """Delete the durable of a lane, and have the operator make it again."""
    asyncio.run(_delete_consumer(village, requested(turn.channel, turn.lane)))
    yield
    applied = village.world.command("streams", "apply")
    if applied.returncode:
        raise RuntimeError(applied.stdout + applied.stderr)


def _disk_is_full(village: LinkedVillage, _: Turn) -> AbstractContextManager[None]:
    return filled(village.folder)


@contextmanager
def _bit_flips(village: LinkedVillage, turn: Turn) -> Iterator[None]:
    """Kill the bus, turn over a bit of one of its streams, and start it again."""
    stream = DAMAGED[turn.number // 2 % len(DAMAGED)]
    village.server.kill()
    (folder,) = village.server.folder.glob(f"**/streams/{stream}")
    village.noted.append(str(flip_a_bit(folder, turn.number)))
    village.server.start()
    yield


@contextmanager
def _clock_jumps(village: LinkedVillage, turn: Turn) -> Iterator[None]:
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


FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "half-open-sms": Fault(
            "the sessions with the SMSC are half-open for ever; new ones pass",
            link("sms", Proxy.forget),
            channel="sms",
        ),
        "half-open-email": Fault(
            "the connections to the mail server are half-open for ever; new ones pass",
            link("email", Proxy.forget),
            channel="email",
        ),
        "half-open-push": Fault(
            "the connections to the push service are half-open for ever; new ones pass",
            link("push", Proxy.forget),
            channel="push",
        ),
        "half-open-webhook": Fault(
            "the connections to the receivers of webhooks are half-open for ever; new ones pass",
            link(WEBHOOK, Proxy.forget),
            channel=WEBHOOK,
        ),
        "half-open-bus": Fault(
            "notification's connections to the bus are half-open for ever; new ones pass",
            link(BUS, Proxy.forget),
            channel="email",
        ),
        "silent-sms": Fault(
            "nothing passes to or from the SMSC for 15 s, and nothing is closed",
            link("sms", Proxy.fall_silent),
            15.0,
            "sms",
        ),
        "silent-email": Fault(
            "nothing passes to or from the mail server for 15 s, and nothing is closed",
            link("email", Proxy.fall_silent),
            15.0,
            "email",
        ),
        "silent-webhook": Fault(
            "nothing passes to or from the receivers of webhooks for 15 s, and nothing is closed",
            link(WEBHOOK, Proxy.fall_silent),
            15.0,
            WEBHOOK,
        ),
        "silent-bus": Fault(
            "nothing passes between notification and the bus for 15 s, and nothing is closed",
            link(BUS, Proxy.fall_silent),
            15.0,
            "email",
        ),
        "stopped-notification": Fault(
            "the process that delivers stands still for 10 s (SIGSTOP)",
            _deliverer_stands_still,
            10.0,
        ),
        "stopped-bus": Fault(
            "nats-server stands still for 10 s (SIGSTOP)", _bus_stands_still, 10.0
        ),
        "refusing": Fault("a provider refuses for 10 s", provider(mode="refuse"), 10.0),
        "hanging": Fault(
            "a provider takes and answers nothing for 25 s", provider(mode="hang"), 25.0
        ),
        "mute": Fault(
            "a provider takes all and answers nothing for 25 s", provider(mode="mute"), 25.0
        ),
        "mute-webhook": Fault(
            "the receivers of webhooks take all and answer nothing for 25 s",
            provider(mode="mute"),
            25.0,
            WEBHOOK,
        ),
        "slow": Fault(
            "a provider answers after 5 s, for 10 s",
            provider(mode="slow", seconds=SLOW_SECONDS),
            10.0,
        ),
        "throttling": Fault(
            "a provider throttles past 20 a second, for 10 s",
            provider(mode="throttle", most_per_second=MOST_PER_SECOND),
            10.0,
        ),
        "wrong-login": Fault(
            "the password for the SMSC is wrong for 10 s", _login_is_wrong, 10.0, "sms"
        ),
        "deleted-consumer": Fault(
            "the consumer of a lane is deleted, and made again after 5 s",
            _consumer_is_deleted,
            5.0,
        ),
        "dead-sms": Fault(
            "the SMSC closes every connection for up to 15 s; a second one stands by",
            link("sms", Proxy.cut),
            channel="sms",
            second=0,
            most_seconds=15.0,
        ),
        "lying": Fault(
            "one of two providers of short messages takes all it is given and throws it away; the"
            " alert lives for 3 minutes, and seconds count from when it rings",
            _provider_lies,
            channel="sms",
            second=EVEN,
            lives_seconds=180.0,
        ),
        "full-disk": Fault(
            "the disk of the village is filled to the last octet by somebody else, for 10 s",
            _disk_is_full,
            10.0,
            ground=small_disk,
        ),
        "flipped-bit": Fault(
            "nats-server is killed, a bit flips in a block of a stream, and it is started again",
            _bit_flips,
            0.0,
        ),
        "clock": Fault(
            "the clock of our processes is 10 minutes ahead, or behind, for 10 s",
            _clock_jumps,
            10.0,
            ground=clock_of_its_own,
        ),
    }
)
