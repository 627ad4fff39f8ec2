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
from common.messaging.idleness import is_idle
from common.messaging.topology import NOTIFICATION_ENDED
from common.questions.notification import (
    DirectoryImport,
    LinksQuestion,
    LinksTest,
    OutcomesQuestion,
    ReachQuestion,
    SummaryQuestion,
)
from common.service import App
from common.subjects import Bucket, Priority, Service
from notification.adapters.delivery_store import DeliveryStore
from notification.adapters.directory import Directory
from notification.adapters.sql_cascades import SqlCascades
from notification.adapters.sql_link_tests import SqlLinkTests
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.adapters.sql_put_aside import SqlPutAside
from notification.adapters.sql_receipts import SqlReceipts
from notification.adapters.sql_sayings import SqlSayings
from notification.adapters.sql_silence import SqlSilence
from notification.batch import read_batch
from notification.cascade_policy import CascadeFile
from notification.cascade_rounds import CascadeRounds
from notification.delivery import Worker
from notification.directory_desk import importing, reaching, summarizing
from notification.endings import Endings
from notification.handlers import delivering, ending, planning
from notification.lanes import Stores, tools
from notification.link_desk import LinkDesk
from notification.link_tester import LinkTester
from notification.manifest import ChannelKind
from notification.missing import Search
from notification.outcomes_desk import showing
from notification.planning import CascadeOf, Planner, Speaker
from notification.ports import Channel, Provider
from notification.providers_file import Entry
from notification.recall import Recall
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
    """Compose one process of notification; a policy that cannot be used is `CascadesRefused`."""
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
        immediate=settings.is_immediate_alone,
        random=random.random,
    )

    def provider(entry: Entry) -> Provider:
        made: Provider = entry.kind.provider(entry.name, entry.settings, desk.take, time)
        return made

    channels = roster.routes
    order = CascadeFile(settings.cascades_file, kinds)
    order.open()
    _plan(settings, stores, directory, kinds, order.cascade_of)
    _deliver(settings, stores, directory, channels)
    links = SqlLinkTests(store)
    tester = LinkTester(roster.links, links, time)
    if settings.desk:
        _answer(bus, stores, directory, time)
        apart = settings.has_lanes_apart
        _answer_for_links(bus, LinkDesk(roster.entries, links, time, apart, time.now()))
    return App(
        name=Service.NOTIFICATION,
        bus=bus,
        host=settings.host,
        port=settings.port,
        resources=[_opened(engines, store), _providers(roster, provider)],
        work=[
            _rounds(settings, roster, stores, store).run,
            _search(settings, stores).run,
            CascadeRounds(settings.lanes, stores.cascades, stores.teller, time).run,
            directory.follow,
            roster.follow,
            order.follow,
            *([tester.run] if settings.tests_links else ()),
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
        cascades=SqlCascades(store),
        progress=bus.bucket(Bucket.DELIVERY_PROGRESS),
        stopped=bus.bucket(Bucket.STOPPED),
        teller=Teller(bus, SqlSayings(store).mark_said, clock),
        speaker=Speaker(plans, partial(publish, bus), partial(publish_all, bus)),
        clock=clock,
    )


def _plan(
    settings: NotificationSettings,
    stores: Stores,
    directory: Directory,
    kinds: Mapping[str, ChannelKind],
    cascade_of: CascadeOf,
) -> None:
    """Hear what is released in our lanes, and what has ended."""
    planner = Planner(
        plans=stores.plans,
        audience=directory.refreshed,
        stop=stores.stop,
        speaker=stores.speaker,
        clock=stores.clock,
        channels={name: kind.capabilities for name, kind in kinds.items()},
        cascade_of=cascade_of,
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
    shows = showing(stores.outcomes, stores.plans, stores.cascades)
    answer(bus, subjects.NOTIFICATION_OUTCOMES, OutcomesQuestion, shows)
    answer(
        bus,
        subjects.NOTIFICATION_DIRECTORY_IMPORT,
        DirectoryImport,
        importing(directory, clock),
    )
    answer(bus, subjects.NOTIFICATION_DIRECTORY_SUMMARY, SummaryQuestion, summarizing(directory))


def _answer_for_links(bus: Bus, desk: LinkDesk) -> None:
    """Answer for the links to providers, of all processes."""
    answer(bus, subjects.NOTIFICATION_LINKS, LinksQuestion, desk.show)
    answer(bus, subjects.NOTIFICATION_LINKS_TEST, LinksTest, desk.test)


def _rounds(
    settings: NotificationSettings, roster: Roster, stores: Stores, store: DeliveryStore
) -> Rounds:
    """Return what is looked after every second."""
    return Rounds(
        lanes=settings.lanes,
        listener=Listener(roster.practices, roster.hear),
        recall=Recall(stores.aside, roster.has_peer, stores.is_stopped, stores.clock),
        receipts=SqlReceipts(store),
        silence=SqlSilence(store),
        aside=stores.aside,
        sayings=SqlSayings(store),
        plans=stores.plans,
        teller=stores.teller,
        speaker=stores.speaker,
        clock=stores.clock,
    )


def _search(settings: NotificationSettings, stores: Stores) -> Search:
    """Return what looks for batches that the stream has lost."""

    async def nobody_works(channel: str, lane: Priority) -> bool:
        return await is_idle(stores.bus, topology.delivering(channel, lane))

    return Search(settings.lanes, stores.plans, stores.speaker, nobody_works, stores.clock)


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
