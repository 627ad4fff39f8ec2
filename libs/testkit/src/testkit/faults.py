"""What can go wrong around a village in the middle of an alert, each with its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from testkit.ground import Ground, as_usual, clock_of_its_own, small_disk
from testkit.happenings import (
    Happens,
    Turn,
    bit_flips,
    bus_stands_still,
    clock_jumps,
    consumer_is_deleted,
    deliverer_stands_still,
    disk_is_full,
    link,
    login_is_wrong,
    provider,
    provider_lies,
)
from testkit.linked_village import BUS
from testkit.proxy import Proxy
from testkit.town_halls import WEBHOOK
from testkit.trials import LIVES_SECONDS, SETTLED_SECONDS
from testkit.village import CHANNELS

SLOW_SECONDS: Final = 5.0
MOST_PER_SECOND: Final = 20.0
EVEN: Final = 100


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
            deliverer_stands_still,
            10.0,
        ),
        "stopped-bus": Fault("nats-server stands still for 10 s (SIGSTOP)", bus_stands_still, 10.0),
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
            "the password for the SMSC is wrong for 10 s", login_is_wrong, 10.0, "sms"
        ),
        "deleted-consumer": Fault(
            "the consumer of a lane is deleted, and made again after 5 s",
            consumer_is_deleted,
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
            " alert lives for 4 minutes, and seconds count from when it rings",
            provider_lies,
            channel="sms",
            second=EVEN,
            lives_seconds=240.0,
        ),
        "full-disk": Fault(
            "the disk of the village is filled to the last octet by somebody else, for 10 s",
            disk_is_full,
            10.0,
            ground=small_disk,
        ),
        "flipped-bit": Fault(
            "nats-server is killed, a bit flips in a block of a stream, and it is started again",
            bit_flips,
            0.0,
        ),
        "clock": Fault(
            "the clock of our processes is 10 minutes ahead, or behind, for 10 s",
            clock_jumps,
            10.0,
            ground=clock_of_its_own,
        ),
    }
)
