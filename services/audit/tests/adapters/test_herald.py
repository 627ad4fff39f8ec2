"""Checkpoints on a real bus: said once, heard again, and believed only from our key."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.adapters.herald import BusHerald
from audit.checkpoint import Checkpoint, Signed, SigningKey
from audit.merkle import EMPTY_ROOT
from common.messaging import Bus
from common.messaging.failures import TemporaryFailure
from common.subjects import Service, Stream
from testkit.bus import NatsServer
from testkit.plugin import MakesBus, connected

pytestmark = pytest.mark.integration

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def signed(key: SigningKey, size: int) -> Signed:
    return Signed.by(key, Checkpoint(key.name, size, EMPTY_ROOT, NOON))


@pytest.fixture
async def bus(make_bus: MakesBus) -> Bus:
    made = make_bus(Service.AUDIT)
    await made.start()
    return made


@pytest.fixture
def herald(bus: Bus, key: SigningKey) -> BusHerald:
    return BusHerald(bus, key.verifier)


async def test_a_bus_on_which_nothing_was_signed_has_no_last_checkpoint(herald: BusHerald) -> None:
    assert await herald.last_note() is None
    assert await herald.last() is None


async def test_the_last_that_was_said_is_heard_again_as_it_was(
    herald: BusHerald, key: SigningKey
) -> None:
    await herald.say(signed(key, 5))
    await herald.say(signed(key, 9))
    assert await herald.last() == signed(key, 9)
    assert await herald.last_note() == signed(key, 9).note


async def test_a_checkpoint_that_is_said_twice_lies_there_once(
    herald: BusHerald, key: SigningKey, nats_server: NatsServer
) -> None:
    await herald.say(signed(key, 5))
    await herald.say(signed(key, 5))
    async with connected(nats_server, "operator") as client:
        there = await client.jetstream().stream_info(Stream.CHECKPOINTS)
    assert there.state.messages == 1


async def test_what_another_key_signed_is_shown_but_is_not_ours(
    herald: BusHerald, key: SigningKey, bus: Bus
) -> None:
    stranger = SigningKey(key.name, Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))
    await BusHerald(bus, stranger.verifier).say(signed(stranger, 5))
    assert await herald.last() is None
    assert await herald.last_note() == signed(stranger, 5).note


async def test_a_bus_that_has_gone_is_asked_again_later(
    herald: BusHerald, nats_server: NatsServer
) -> None:
    nats_server.kill()
    with pytest.raises(TemporaryFailure, match="last checkpoint"):
        await herald.last_note()


async def test_a_bus_that_was_never_reached_is_asked_again_later(
    make_bus: MakesBus, key: SigningKey
) -> None:
    with pytest.raises(TemporaryFailure):
        await BusHerald(make_bus(Service.AUDIT), key.verifier).last()
