"""Put notification together: directory, planners, and a worker for each channel and lane."""

import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from common import subjects
from common.clock import Clock, SystemClock
from common.database import migrate, open_database
from common.events.triage import AlertEnded, AlertReleased
from common.messaging import Bus, BusSettings, answer, consume, publish, publish_all, topology
from common.messaging.topology import NOTIFICATION_ENDED
from common.questions.notification import (
    DirectoryImport,
    OutcomesQuestion,
    ReachQuestion,
    SummaryQuestion,
)
from common.service import App
from common.subjects import Bucket, Priority, Service
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.directory import Directory
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_receipts import SqlReceipts
from notification.adapters.sql_sayings import SqlSayings
from notification.batch import read_batch
from notification.delivery import Worker
from notification.directory_desk import importing, reaching, summarizing
from notification.endings import Endings
from notification.handlers import delivering, ending, planning
from notification.lanes import Stores, tools
from notification.manifest import ChannelKind
from notification.outcomes_desk import showing
from notification.planning import Planner, Speaker
from notification.ports import Channel, Provider
from notification.providers_file import Entry
from notification.receipts import ReceiptDesk
from notification.roster import Roster
from notification.rounds import Rounds
from notification.settings import NotificationSettings
from notification.silence import Listener
from notification.telling import Teller

DIRECTORY_MIGRATIONS = "notification.adapters.directory_migrations"
DELIVERY_MIGRATIONS = "notification.adapters.delivery_migrations"


def build_app(
    settings: NotificationSettings,
    bus_settings: BusSettings,
    kinds: Mapping[str, ChannelKind],
    clock: Clock | None = None,
) -> App:
    """Compose one process of notification for its lanes."""
    time = clock or SystemClock()
    bus = Bus(bus_settings, Service.NOTIFICATION, time)
    engines = (open_database(settings.directory_url), open_database(settings.delivery_url))
    directory = Directory(engines[0])
    store = DeliveryStore(engines[1])
    stores = _stores(bus, store, time)
    desk = ReceiptDesk(SqlReceipts(store).receive, stores.teller.say, time)
    roster = Roster(
        settings.providers_file,
        kinds,
        immediate=settings.lanes == (Priority.IMMEDIATE,),
        random=random.random,
    )

    def provider(entry: Entry) -> Provider:
        made: Provider = entry.kind.provider(entry.name, entry.settings, desk.take, time)
        return made

    channels = roster.routes
    sizes = {name: kind.capabilities.batch for name, kind in kinds.items()}
    _plan(settings, stores, directory, sizes)
    _deliver(settings, stores, directory, channels)
    if settings.desk:
        _answer(bus, stores, directory, time)
    return App(
        name=Service.NOTIFICATION,
        bus=bus,
        host=settings.host,
        port=settings.port,
        resources=[_opened(engines, store), _providers(roster, provider)],
        work=[
            _rounds(settings, Listener(roster.doubt), stores, store).run,
            directory.follow,
            roster.follow,
        ],
        checks={"directory": directory.check},
    )


def _stores(bus: Bus, store: DeliveryStore, clock: Clock) -> Stores:
    """Return what delivery keeps things in."""
    plans = SqlPlans(store)
    return Stores(
        bus=bus,
        plans=plans,
        outcomes=SqlOutcomes(store),
        aside=SqlPutAside(store),
        progress=bus.bucket(Bucket.DELIVERY_PROGRESS),
        stopped=bus.bucket(Bucket.STOPPED),
        teller=Teller(bus, SqlSayings(store).mark_said, clock),
        speaker=Speaker(plans, partial(publish, bus), partial(publish_all, bus)),
        clock=clock,
    )


def _plan(
    settings: NotificationSettings, stores: Stores, directory: Directory, sizes: Mapping[str, int]
) -> None:
    """Hear what is released in our lanes, and what has ended."""
    planner = Planner(
        plans=stores.plans,
        audience=directory.refreshed,
        stop=stores.stop,
        speaker=stores.speaker,
        clock=stores.clock,
        batch_sizes=sizes,
    )
    for lane in settings.lanes:
        consume(stores.bus, topology.planning(lane), AlertReleased, planning(planner))
    consume(stores.bus, NOTIFICATION_ENDED, AlertEnded, ending(stores.stop))


def _deliver(
    settings: NotificationSettings,
    stores: Stores,
    directory: Directory,
    channels: Mapping[str, Channel],
) -> None:
    """Hear the batches of every channel in our lanes."""
    endings = Endings(directory.end_subscription, stores.clock)
    shared = tools(stores, endings.end, random.random)
    for name, channel in channels.items():
        for lane in settings.lanes:
            consumer = topology.delivering(name, lane)
            worker = Worker(channel, shared, consumer.ack_wait_seconds / 2)
            hear = delivering(worker)
            consume(stores.bus, consumer, read_batch, hear, most_deliveries=None)


def _answer(bus: Bus, stores: Stores, directory: Directory, clock: Clock) -> None:
    """Answer for the directory and for outcomes."""
    answer(bus, subjects.NOTIFICATION_REACH, ReachQuestion, reaching(directory))
    shows = showing(stores.outcomes, stores.plans)
    answer(bus, subjects.NOTIFICATION_OUTCOMES, OutcomesQuestion, shows)
    answer(
        bus,
        subjects.NOTIFICATION_DIRECTORY_IMPORT,
        DirectoryImport,
        importing(directory, clock),
    )
    answer(bus, subjects.NOTIFICATION_DIRECTORY_SUMMARY, SummaryQuestion, summarizing(directory))


def _rounds(
    settings: NotificationSettings, listener: Listener, stores: Stores, store: DeliveryStore
) -> Rounds:
    """Return what is looked after every second."""
    return Rounds(
        lanes=settings.lanes,
        listener=listener,
        receipts=SqlReceipts(store),
        aside=stores.aside,
        sayings=SqlSayings(store),
        plans=stores.plans,
        teller=stores.teller,
        speaker=stores.speaker,
        clock=stores.clock,
    )


@asynccontextmanager
async def _opened(engines: Sequence[AsyncEngine], store: DeliveryStore) -> AsyncIterator[None]:
    """Hold the stores open, brought to their newest revisions."""
    packages = (DIRECTORY_MIGRATIONS, DELIVERY_MIGRATIONS)
    try:
        for engine, package in zip(engines, packages, strict=True):
            await migrate(engine, package)
        yield
    finally:
        await engines[0].dispose()
        await store.close()


@asynccontextmanager
async def _providers(roster: Roster, make: Callable[[Entry], Provider]) -> AsyncIterator[None]:
    """Hold the connections of the providers open."""
    try:
        await roster.open(make)
        yield
    finally:
        await roster.close()
