"""Whether a consumer has nothing to do, as the stream tells it."""

import nats.errors
from nats.js.errors import APIError

from common.messaging.broker import Bus
from common.messaging.failures import NotPublished
from common.messaging.topology import Consumer


async def is_idle(bus: Bus, consumer: Consumer) -> bool:
    """Tell whether surely nothing waits there, and nothing is in hand or comes again later."""
    try:
        info = await bus.jetstream.consumer_info(consumer.stream, consumer.name)
    except (nats.errors.Error, APIError, NotPublished, OSError, TimeoutError):
        return False
    return not (info.num_pending or info.num_ack_pending)
