"""`kentongan streams` as an operator types it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from common.subjects import Stream
from kentongan.streams import app
from testkit.plugin import connected

if TYPE_CHECKING:
    from libs.cli.tests.conftest import Types

    from testkit.bus import NatsServer

pytestmark = pytest.mark.integration


async def test_a_bus_as_the_table_says_needs_nothing(types_at_bus: Types) -> None:
    checked = await types_at_bus(app, "check")
    assert (checked.exit_code, "as the table says" in checked.stdout) == (0, True)
    assert "nothing was to be done" in (await types_at_bus(app, "apply")).stdout


async def test_what_is_missing_is_named_and_made_again(
    types_at_bus: Types, nats_server: NatsServer
) -> None:
    async with connected(nats_server, "operator") as client:
        await client.jetstream().delete_consumer("ALERTS", "triage-accepted")
    checked = await types_at_bus(app, "check")
    assert (checked.exit_code, "triage-accepted" in checked.stdout) == (1, True)
    assert "made consumer triage-accepted" in (await types_at_bus(app, "apply")).stdout
    assert (await types_at_bus(app, "check")).exit_code == 0


async def test_a_stream_grows_and_never_shrinks(
    types_at_bus: Types, nats_server: NatsServer
) -> None:
    grown = await types_at_bus(app, "grow", "ALERTS", "700")
    assert (grown.exit_code, "may now hold" in grown.stdout) == (0, True)
    async with connected(nats_server, "operator") as client:
        found = await client.jetstream().stream_info(Stream.ALERTS)
    assert found.config.max_bytes == 700 * 1024 * 1024
    refused = await types_at_bus(app, "grow", "ALERTS", "1")
    assert (refused.exit_code, "give more" in refused.stdout) == (1, True)
