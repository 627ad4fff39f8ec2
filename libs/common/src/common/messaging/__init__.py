"""JetStream, the same everywhere: consume, publish, ask, and one provisioner."""

from common.messaging.asking import answer, ask
from common.messaging.broker import Bus, BusSettings
from common.messaging.consuming import Delivery, consume, consume_batches
from common.messaging.publishing import Sent, publish, publish_all
from common.messaging.topology import Consumer

__all__ = [
    "Bus",
    "BusSettings",
    "Consumer",
    "Delivery",
    "Sent",
    "answer",
    "ask",
    "consume",
    "consume_batches",
    "publish",
    "publish_all",
]
