"""A batch that was given up goes again to whoever was not reached, once, while its alert lives."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from common.clock import SystemClock
from common.database import migrate, open_database
from common.events.dead import DeadLetter
from common.events.notification import NotificationSettled, OutcomeCorrected
from common.messaging import Bus, consume, publish, publish_all
from common.messaging.topology import delivering
from common.subjects import Bucket, Priority, Service, Stream
from kentongan.dead import app
from notification import handlers
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_sayings import SqlSayings
from notification.batch import Batch, microseconds, read_batch
from notification.delivery import Worker
from notification.lanes import Stores, tools
from notification.planning import Speaker
from notification.ports import Accepted, Capabilities, MayGoOn, Recipient, Said, Text, Window
from notification.progress import MOST_TRIES
from notification.telling import Teller
from testkit.bus import NatsServer
from testkit.plugin import connected
from testkit.waiting import eventually, until

if TYPE_CHECKING:
    from libs.cli.tests.conftest import Types
    from nats.js.api import RawStreamMsg

    from kentongan.home import Home
    from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration
LANE = delivering("sms", Priority.IMMEDIATE)
CAPABILITIES = Capabilities(
    longest_text=1_000, receipts=False, window=3, batch=10, receipt_deadline_seconds=0
)


class Killed(BaseException):
    """The worker ends here, as with SIGKILL."""


@dataclass(slots=True)
class PaperChannel:
    """A channel in memory that kills its workers until it is mended."""

    mended: bool = False
    name: str = "sms"
    capabilities: Capabilities = CAPABILITIES
    reached: list[str] = field(default_factory=list)

    @property
    def window(self) -> int:
        return self.capabilities.window

    async def send(self, window: Window, may_go_on: MayGoOn) -> Sequence[Said]:
        del may_go_on
        if not self.mended:
            raise Killed
        self.reached += [each.id for each in window.recipients]
        return [Said(Accepted(f"m-{each.id}"), "paper") for each in window.recipients]


@dataclass(frozen=True, slots=True)
class Village:
    """A worker of one lane on a real bus, and what it said."""

    channel: PaperChannel
    stores: Stores
    worker: Worker
    server: NatsServer

    async def give_up(self, batch: Batch) -> None:
        """Have the one recipient of a batch kill its worker until it is given up."""
        for _ in range(MOST_TRIES):
            with pytest.raises(Killed):
                await self.worker.deliver(batch, lambda: None)
        await self.worker.deliver(batch, lambda: None)
        self.channel.mended = True

    async def said(self, event_type: str) -> list[bytes]:
        """Return what was said of this type in the stream of outcomes."""
        async with connected(self.server, "operator") as client:
            jetstream = client.jetstream()
            last = (await jetstream.stream_info(Stream.OUTCOMES)).state.last_seq
            raw = [await jetstream.get_msg(Stream.OUTCOMES, each) for each in range(1, last + 1)]
        return [each.data for each in raw if each.headers["ce-type"] == event_type]

    async def corrections(self) -> list[OutcomeCorrected]:
        bodies = await self.said(OutcomeCorrected.event_type)
        return [OutcomeCorrected.model_validate_json(each) for each in bodies]

    async def waiting(self) -> int:
        """Count the batches that nobody has brought to their end."""
        async with connected(self.server, "operator") as client:
            info = await client.jetstream().stream_info(Stream.NOTIFICATIONS)
        return int(info.state.messages)


@pytest.fixture
async def village(
    home_with_bus: Home, nats_server: NatsServer, make_bus: MakesBus
) -> AsyncIterator[Village]:
    engine = open_database(home_with_bus.database("notification", "delivery"))
    await migrate(engine, "notification.adapters.delivery_migrations")
    bus, store, clock = make_bus(Service.NOTIFICATION), DeliveryStore(engine), SystemClock()
    stores = _stores(bus, store, clock)
    channel = PaperChannel()
    worker = Worker(channel, tools(stores, _nobody_ends, lambda: 0.5), 3.0)
    consume(bus, LANE, read_batch, handlers.delivering(worker), most_deliveries=None)
    await bus.start()
    yield Village(channel, stores, worker, nats_server)
    await bus.stop()
    await store.close()


def _stores(bus: Bus, store: DeliveryStore, clock: SystemClock) -> Stores:
    plans = SqlPlans(store)
    return Stores(
        bus=bus,
        plans=plans,
        outcomes=SqlOutcomes(store),
        aside=SqlPutAside(store),
        cascades=SqlCascades(store),
        progress=bus.bucket(Bucket.DELIVERY_PROGRESS),
        stopped=bus.bucket(Bucket.STOPPED),
        teller=Teller(bus, SqlSayings(store).mark_said, clock),
        speaker=Speaker(plans, partial(publish, bus), partial(publish_all, bus)),
        clock=clock,
    )


async def _nobody_ends(*_: object) -> None:
    """No subscription ends here."""


def batch_for(lives: timedelta = timedelta(hours=1)) -> Batch:
    now = datetime.now(UTC)
    return Batch(
        batch_id="plan-0",
        settles_as="plan-0",
        alert_id="alert-1",
        chain="alert-1",
        channel="sms",
        priority=Priority.IMMEDIATE,
        status="Actual",
        text=Text("en-US", "Tsunami", "Go to high ground."),
        recipients=(Recipient("r1", "anna", "+628111234567", "en-US"),),
        expires_at=microseconds(now + lives),
        accepted_at=microseconds(now),
    )


def letter(batch: Batch, **changes: object) -> DeadLetter:
    known = {
        "service": Service.NOTIFICATION,
        "consumer": LANE.name,
        "reason": "it failed each time",
        "original_subject": batch.subject(),
        "original_stream": Stream.NOTIFICATIONS,
        "original_sequence": 0,
        "original_id": batch.event_id(),
        "deliveries": 0,
        "headers": {},
        "body_base64": base64.b64encode(batch.body()).decode(),
        "died_at": datetime.now(UTC),
    }
    return DeadLetter.model_validate(known | changes)


async def test_who_was_given_up_is_reached_once_by_a_replay_and_the_outcome_is_corrected(
    village: Village, types_at_bus: Types
) -> None:
    await village.give_up(batch_for())
    assert village.channel.reached == []
    replayed = await types_at_bus(app, "replay", "1")
    assert (replayed.exit_code, "said again" in replayed.stdout) == (0, True)

    async def corrected() -> bool:
        return bool(await village.corrections())

    await eventually(corrected, within=20)
    (told,) = await village.corrections()
    assert (told.recipient, told.settled_as, told.receipt) == ("r1", "unknown", "accepted")
    assert len(await village.said(NotificationSettled.event_type)) == 1
    once_more = await types_at_bus(app, "replay", "1")
    assert once_more.exit_code == 1
    assert "said again before" in " ".join(once_more.stdout.split())
    assert village.channel.reached == ["r1"]


async def test_a_replay_that_the_stream_has_forgotten_sends_nobody_twice(
    village: Village, types_at_bus: Types
) -> None:
    await village.give_up(batch_for())
    await types_at_bus(app, "replay", "1")
    await until(lambda: village.channel.reached == ["r1"], within=20)
    again = batch_for().part("d1", batch_for().recipients, attempt=1).going_again()
    await publish(village.stores.bus, again, repair=1)

    async def all_done() -> bool:
        return await village.waiting() == 0

    await eventually(all_done, within=20)
    assert village.channel.reached == ["r1"]


async def test_two_letters_about_one_recipient_reach_them_once(
    village: Village, types_at_bus: Types
) -> None:
    batch = batch_for()
    await village.give_up(batch)
    await village.stores.bury(batch, "its worker ended before it was settled")
    await types_at_bus(app, "replay", "1")
    await until(lambda: village.channel.reached == ["r1"], within=20)
    await types_at_bus(app, "replay", "2")

    async def all_done() -> bool:
        return await village.waiting() == 0

    await eventually(all_done, within=20)
    assert village.channel.reached == ["r1"]


@pytest.fixture
async def bus(make_bus: MakesBus) -> Bus:
    """Notification's bus, on which nobody delivers."""
    made = make_bus(Service.NOTIFICATION)
    await made.start()
    return made


async def test_what_was_given_up_is_not_replayed_when_the_life_of_its_alert_is_over(
    types_at_bus: Types, bus: Bus
) -> None:
    await publish(bus, letter(batch_for(timedelta(seconds=-1))))
    refused = await types_at_bus(app, "replay", "1")
    assert refused.exit_code == 1
    assert "the life of its alert is over" in " ".join(refused.stdout.split())
    assert (await bus.jetstream.stream_info(Stream.NOTIFICATIONS)).state.messages == 0


async def test_what_was_given_up_is_not_replayed_when_its_alert_was_ended(
    types_at_bus: Types, bus: Bus
) -> None:
    await bus.bucket(Bucket.STOPPED).put("alert-1", b"cancel-1")
    await publish(bus, letter(batch_for()))
    refused = await types_at_bus(app, "replay", "1")
    assert refused.exit_code == 1
    assert "its alert was ended" in " ".join(refused.stdout.split())


async def test_a_batch_whose_recipients_have_no_outcome_yet_is_replayed_as_it_came(
    types_at_bus: Types, bus: Bus, nats_server: NatsServer
) -> None:
    batch = batch_for(timedelta(seconds=-1))
    await publish(bus, letter(batch, original_sequence=7, headers={"ce-id": "0123"}))
    replayed = await types_at_bus(app, "replay", "1")
    words = " ".join(replayed.stdout.split())
    assert (replayed.exit_code, "the life of its alert is over" in words) == (0, True)
    said = await _only_batch(nats_server)
    assert (said.data, (said.headers or {})["ce-id"]) == (batch.body(), "0123")


async def test_a_batch_that_nobody_can_read_is_replayed_as_it_came(
    types_at_bus: Types, bus: Bus, nats_server: NatsServer
) -> None:
    body = base64.b64encode(b"no batch").decode()
    await publish(bus, letter(batch_for(), original_sequence=7, body_base64=body))
    assert (await types_at_bus(app, "replay", "1")).exit_code == 0
    assert (await _only_batch(nats_server)).data == b"no batch"


async def _only_batch(server: NatsServer) -> RawStreamMsg:
    async with connected(server, "operator") as client:
        found: RawStreamMsg = await client.jetstream().get_msg(Stream.NOTIFICATIONS, 1)
        return found
