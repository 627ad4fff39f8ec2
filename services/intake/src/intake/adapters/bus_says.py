"""The journal's side of the bus: say what is in the journal, and read back what lies there."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import nats.errors
import structlog
from nats.js.api import SequenceInfo
from nats.js.errors import APIError, NotFoundError

from common import subjects
from common.events.intake import AlertAccepted
from common.messaging import Bus, publish
from common.messaging.failures import NotPublished
from common.messaging.topology import Consumer
from intake.headway import Reach
from intake.journal import Saying, Spot
from intake.ports import BusSilent
from intake.reconciler import Found

SAY_SECONDS: Final = 3.0
NOWHERE: Final = SequenceInfo(consumer_seq=0, stream_seq=0)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Journaled:
    """An accepted alert as the journal has it: the bytes of the first time."""

    saying: Saying

    @property
    def event_type(self) -> str:
        """The CloudEvents type."""
        return AlertAccepted.event_type

    @property
    def alert_id(self) -> str:
        """What correlates everything that follows."""
        return self.saying.alert_id

    def subject(self) -> str:
        """Return the NATS subject."""
        return subjects.ALERT_ACCEPTED

    def event_id(self) -> str:
        """Return the `ce-id`."""
        return self.saying.event_id

    def body(self) -> bytes:
        """Return the body as it was when it was accepted."""
        return self.saying.event


class BusSays:
    """Publish from the journal, and compare by id."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def is_up(self) -> bool:
        """Whether the connection is up at this moment."""
        return self._bus.is_connected

    async def say(self, sayings: Sequence[Saying]) -> Mapping[int, Spot]:
        """Say events in a window, sent in order; return where those lie that were acknowledged."""
        spots = await asyncio.gather(*(self._say(each) for each in sayings))
        return {
            saying.number: spot
            for saying, spot in zip(sayings, spots, strict=True)
            if spot is not None
        }

    async def _say(self, saying: Saying) -> Spot | None:
        """Say one event; None if the stream did not acknowledge it soon enough."""
        try:
            async with asyncio.timeout(SAY_SECONDS):
                sent = await publish(self._bus, Journaled(saying), repair=saying.repair)
        except (NotPublished, TimeoutError) as failure:
            log.warning("alert_not_published", alert_id=saying.alert_id, failure=str(failure))
            return None
        return Spot(sent.stream, sent.sequence)

    async def read_back(self, spot: Spot, event_id: str) -> Found:
        """Compare by id what lies there with what was put there."""
        try:
            message = await self._bus.jetstream.get_msg(spot.stream, spot.sequence)
        except NotFoundError:
            return await self._missing(spot)
        except (nats.errors.Error, APIError, NotPublished, OSError, TimeoutError) as failure:
            raise BusSilent("the stream could not be read") from failure
        found = (message.headers or {}).get("ce-id")
        return Found.SAME if found == event_id else Found.OTHER

    async def reach(self, consumer: Consumer) -> Reach:
        """Ask how far a consumer is; what was brought once and is in hand still is not begun."""
        try:
            info = await self._bus.jetstream.consumer_info(consumer.stream, consumer.name)
        except (nats.errors.Error, APIError, NotPublished, OSError, TimeoutError) as failure:
            raise BusSilent(f"the stream did not tell how far {consumer.name} is") from failure
        floor, top = info.ack_floor or NOWHERE, info.delivered or NOWHERE
        all_in_hand = info.num_ack_pending == top.consumer_seq - floor.consumer_seq
        return Reach(floor.stream_seq, floor.stream_seq if all_in_hand else top.stream_seq)

    async def _missing(self, spot: Spot) -> Found:
        """Tell what the stream let go of by age from what it lost."""
        try:
            info = await self._bus.jetstream.stream_info(spot.stream)
        except (nats.errors.Error, APIError, NotPublished, OSError, TimeoutError) as failure:
            raise BusSilent("the stream did not tell its first message") from failure
        return Found.AGED_OUT if spot.sequence < info.state.first_seq else Found.NOTHING
