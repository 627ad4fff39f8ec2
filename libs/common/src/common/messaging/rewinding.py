"""A stream that lost its end gives numbers out again: consumers that are beyond it are set back.

The server sets them back itself when it starts after damage. But an ack of something that was
lost, from whoever had it in hand then, takes a consumer as far as that was; and it never hears what
is given a number that it has passed.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import APIError, NotFoundError

from common.messaging.topology import Consumer

HEARD_AGAIN: Final = 1_000


async def stray(jetstream: JetStreamContext, consumer: Consumer) -> str:
    """Return a sentence about a consumer that is beyond the end of its stream, or nothing."""
    info = await jetstream.consumer_info(consumer.stream, consumer.name)
    return _sentence(info, (await jetstream.stream_info(consumer.stream)).state.last_seq)


async def rewind_all(jetstream: JetStreamContext, consumers: Iterable[Consumer]) -> list[str]:
    """Set back whichever of these consumers is beyond the end of its stream, and say so.

    It hears once more the last of what is there: what was said since the loss is among it, and
    whoever hears something twice knows it by its id. A server that cannot do it is left as it is.
    """
    ours: dict[str, set[str]] = defaultdict(set)
    for consumer in consumers:
        ours[consumer.stream].add(consumer.name)
    done: list[str] = []
    for stream, names in ours.items():
        with suppress(NotFoundError):
            found = await jetstream.consumers_info(stream)
            last = (await jetstream.stream_info(stream)).state.last_seq
            for info in found:
                if info.name in names and (sentence := _sentence(info, last)):
                    done += await _set_back(jetstream, info, last, sentence)
    return done


async def _set_back(
    jetstream: JetStreamContext, info: ConsumerInfo, last: int, sentence: str
) -> list[str]:
    """Set a consumer back, and say so if the server could."""
    floor = info.ack_floor.stream_seq if info.ack_floor else 0
    start = max(min(floor, last - HEARD_AGAIN), 0) + 1
    subject = f"$JS.API.CONSUMER.RESET.{info.stream_name}.{info.name}"
    try:
        # nats-py has no word of its own for it yet
        await jetstream._api_request(subject, json.dumps({"seq": start}).encode())  # noqa: SLF001
    except (APIError, nats.errors.Error, TimeoutError):
        return []
    return [f"{sentence}: set back to {start}"]


def _sentence(info: ConsumerInfo, last: int) -> str:
    """Say that a consumer is beyond the end, if it is; the end was read later, and only grows."""
    reached = info.delivered.stream_seq if info.delivered else 0
    if reached <= last:
        return ""
    return f"consumer {info.name} is at {reached}, but {info.stream_name} ends at {last}"
