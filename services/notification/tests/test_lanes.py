"""What the workers of a process share: stops, halves, and burials on a real bus."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from common.events.dead import DeadLetter
from common.events.envelope import Envelope
from common.events.notification import NotificationSettled
from common.messaging import Bus, publish, publish_all
from common.subjects import Bucket, Priority, Stream
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_sayings import SqlSayings
from notification.batch import Batch, read_batch
from notification.lanes import Stores
from notification.outcomes import PutAside
from notification.plan import Planned
from notification.planning import Speaker
from notification.reason import Reason
from notification.telling import Teller
from testkit.bus import NatsServer
from testkit.clock import NOON, StoppedClock
from testkit.plugin import MakesBus, connected

pytestmark = pytest.mark.integration
MakesBatch = Callable[..., Batch]


@pytest.fixture
async def stores(make_bus: MakesBus, store: DeliveryStore, clock: StoppedClock) -> Stores:
    bus: Bus = make_bus("notification")
    plans = SqlPlans(store)
    made = Stores(
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
    await bus.start()
    return made


async def bodies(server: NatsServer, stream: str) -> list[bytes]:
    async with connected(server, "operator") as client:
        jetstream = client.jetstream()
        last = (await jetstream.stream_info(stream)).state.last_seq
        return [(await jetstream.get_msg(stream, each)).data for each in range(1, last + 1)]


async def test_an_alert_is_stopped_the_moment_that_it_is_said(stores: Stores) -> None:
    assert not await stores.is_stopped("alert-1")
    await stores.stop("alert-1", "cancel-1")
    assert await stores.is_stopped("alert-1")
    assert not await stores.is_stopped("alert-2")


async def test_who_was_put_aside_when_an_alert_stops_is_told_as_stopped(
    stores: Stores, nats_server: NatsServer, make_batch: MakesBatch
) -> None:
    batch = make_batch(1)
    aside = PutAside(batch.recipients[0], Reason.PROVIDER_BUSY, NOON, 1)
    await stores.outcomes.record(batch, [aside], NOON)
    await stores.stop("alert-1", "cancel-1")
    (body,) = await bodies(nats_server, Stream.OUTCOMES)
    (settlement,) = NotificationSettled.model_validate_json(body).settlements
    assert (settlement.recipient, settlement.outcome) == ("sms-0", "stopped")


async def test_who_is_in_reserve_when_an_alert_stops_is_tried_no_more(
    stores: Stores, make_cascaded: Callable[..., Planned]
) -> None:
    plan, batches = make_cascaded()
    await stores.plans.store(plan, batches, NOON)
    await stores.stop("alert-1", "cancel-1")
    assert (await stores.cascades.take_turns(tuple(Priority), plan_over())).looked_at == 0
    said = [each.channel for each in await stores.plans.unsaid_of(plan)]
    assert said == ["push", "email", "sms"]


def plan_over() -> datetime:
    """Return a time at which patience with everybody is over."""
    return NOON + timedelta(hours=1)


async def test_the_halves_of_a_batch_have_everybody_and_their_suspects(
    stores: Stores, nats_server: NatsServer, make_batch: MakesBatch
) -> None:
    batch = make_batch(5)
    await stores.split(batch, batch.recipients, ["sms-1", "sms-4"])
    first, second = map(read_batch, await bodies(nats_server, Stream.NOTIFICATIONS))
    assert [each.id for each in first.recipients] == ["sms-0", "sms-1", "sms-2"]
    assert [each.id for each in second.recipients] == ["sms-3", "sms-4"]
    assert (first.suspects, second.suspects) == (("sms-1",), ("sms-4",))
    assert {first.settles_as, second.settles_as} == {batch.settles_as}


async def test_halves_that_are_made_twice_are_the_first_ones(
    stores: Stores, nats_server: NatsServer, make_batch: MakesBatch
) -> None:
    batch = make_batch(4)
    await stores.split(batch, batch.recipients, [])
    said = await bodies(nats_server, Stream.NOTIFICATIONS)
    await stores.split(batch, batch.recipients[1:], [])
    assert await bodies(nats_server, Stream.NOTIFICATIONS) == said
    stored = await stores.plans.with_parts(batch.batch_id)
    assert [len(each.recipients) for each in stored] == [2, 2]


async def test_what_is_given_up_is_buried_whole_and_with_its_reason(
    stores: Stores, nats_server: NatsServer, make_batch: MakesBatch
) -> None:
    batch = make_batch(1)
    await stores.bury(batch, "it killed the worker (sms-0)")
    (body,) = await bodies(nats_server, Stream.DEAD)
    letter = DeadLetter.model_validate_json(body)
    assert letter.reason == "it killed the worker (sms-0)"
    assert letter.consumer == "notification-sms-priority"
    assert read_batch(base64.b64decode(letter.body_base64)) == batch
    envelope = Envelope.of(letter.headers)
    assert (envelope.id, envelope.type) == (batch.event_id(), Batch.event_type)
    assert envelope.correlation_id == batch.alert_id


async def test_a_batch_that_the_operator_said_is_kept_as_said(
    stores: Stores, nats_server: NatsServer, make_batch: MakesBatch
) -> None:
    batch = make_batch(1)
    again = batch.part("d1", batch.recipients, attempt=1).going_again()
    await stores.keep(again)
    assert await stores.plans.with_parts(batch.batch_id) == (again,)
    assert await bodies(nats_server, Stream.NOTIFICATIONS) == []
