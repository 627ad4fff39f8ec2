"""The last resort: what is given up is said in DEAD with the reason, and rings."""

import base64

from nats.aio.msg import Msg

from common.events.dead import DeadLetter
from common.messaging.broker import Bus
from common.messaging.publishing import publish
from common.messaging.topology import Consumer
from common.observability import rings


async def bury(bus: Bus, consumer: Consumer, message: Msg, reason: str) -> None:
    """Say in DEAD what is given up, as it came, and why; raise `NotPublished` if that fails."""
    headers = dict(message.headers or {})
    letter = DeadLetter(
        service=consumer.service,
        consumer=consumer.name,
        reason=reason,
        original_subject=message.subject,
        original_stream=message.metadata.stream,
        original_sequence=message.metadata.sequence.stream,
        original_id=headers.get("ce-id", ""),
        deliveries=message.metadata.num_delivered or 1,
        headers=headers,
        body_base64=base64.b64encode(message.data).decode(),
        died_at=bus.clock.now(),
    )
    await publish(bus, letter)
    rings.ring("dead_letter", consumer=consumer.name, reason=reason)
