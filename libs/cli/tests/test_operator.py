"""The command says in one sentence why it cannot reach the bus."""

from pathlib import Path

import pytest

from common.subjects import Stream
from kentongan.home import OFFSETS, Home
from kentongan.operator import NoBus, operator_bus
from testkit.ports import free_ports


async def test_a_home_without_a_kentongan_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NoBus, match="start one with `kentongan up`"):
        async with operator_bus(tmp_path):
            pass


async def test_a_bus_that_does_not_run_says_whom_to_ask(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make(free_ports(len(OFFSETS)))
    with pytest.raises(NoBus, match="Try `kentongan doctor`"):
        async with operator_bus(tmp_path):
            pass


@pytest.mark.integration
async def test_the_operator_may_look_at_every_stream(home_with_bus: Home) -> None:
    async with operator_bus(home_with_bus.path) as bus:
        found = [(await bus.jetstream.stream_info(stream)).config.name for stream in Stream]
    assert found == list(Stream)
