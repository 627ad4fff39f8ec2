"""The composition of intake: the one place that knows settings, adapters and rules at once."""

import secrets
from typing import Final

from common.clock import Clock, SystemClock
from common.messaging import Bus, BusSettings
from common.observability.health import Check
from common.service import App
from common.subjects import Service
from intake.acceptance import Acceptance
from intake.adapters.bus_asks import BusAsks
from intake.adapters.bus_says import BusSays
from intake.adapters.sql_journal import SqlJournal
from intake.adapters.sql_keys import SqlKeys
from intake.adapters.sql_progress import SqlProgress
from intake.adapters.sql_pulse import Pulse
from intake.adapters.store import Store
from intake.desk import Desk
from intake.endpoints import Health, Limits, build_api
from intake.entrance import Entrance
from intake.following import Following, Surroundings
from intake.handlers import answer_operator, answer_publishers, hear
from intake.key_desk import KeyDesk
from intake.quota import Quotas
from intake.relay import Relay
from intake.settings import IntakeSettings
from intake.upkeep import Keeper

BUS_AWAY: Final = "away: what is accepted waits in the journal"


def build_app(
    settings: IntakeSettings, bus_settings: BusSettings, clock: Clock | None = None
) -> App:
    """Compose intake; nothing is opened before it is run."""
    clock = clock or SystemClock()
    bus = Bus(bus_settings, Service.INTAKE, clock)
    store = Store(settings.database_url)
    journal, progress, keys = SqlJournal(store), SqlProgress(store), SqlKeys(store)
    says, asks = BusSays(bus), BusAsks(bus)
    relay = Relay(progress, says, clock)
    acceptance = Acceptance(journal, clock, settings.default_life, settings.most_bytes, relay.wake)
    desk = Desk(Entrance(keys, Quotas(), clock), acceptance, journal, progress, asks, clock)
    following = Following(Surroundings(progress, says, asks, clock), settings.follow_seconds)
    hear(bus, progress, clock)
    answer_publishers(bus, desk, settings.most_bytes)
    answer_operator(bus, KeyDesk(keys, clock, secrets.token_bytes))
    return App(
        name=Service.INTAKE,
        bus=bus,
        host=settings.host,
        port=settings.port,
        resources=(store,),
        work=(relay.run, following.run, Keeper(journal, says, clock).run),
        http=build_api(
            desk,
            Limits(settings.most_bytes, settings.body_seconds),
            Health({"journal": Pulse(store, clock).check}, {"bus": _check_of(bus)}),
        ),
        needs_bus=False,
    )


def _check_of(bus: Bus) -> Check:
    """Return the check that calls the bus degraded while it is away."""

    async def check() -> str | None:
        return None if bus.started and bus.is_connected else BUS_AWAY

    return check
