import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kentongan.children import Command
from kentongan.home import Home
from testkit.bus import ChildServer, wait_until_healthy
from testkit.keeping import kept, revived
from testkit.part import Part
from testkit.ports import free_port
from testkit.waiting import until

FOR_EVER = "import time\nwhile True: time.sleep(1)"


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Part]:
    Home(tmp_path).make_folders()
    part = Part(Command("beat", (sys.executable, "-c", FOR_EVER), {}, tmp_path), "")
    part.start()
    yield part
    part.kill()


async def test_a_part_that_ends_by_itself_is_started_again_and_named(part: Part) -> None:
    first = part.pid
    with kept([part]) as again:
        os.kill(first, signal.SIGKILL)
        await until(lambda: part.runs and part.pid != first)
    assert again == ["beat"]


async def test_nobody_is_started_again_after_the_block(part: Part) -> None:
    with kept([part]) as again:
        pass
    os.kill(part.pid, signal.SIGKILL)
    await until(lambda: not part.runs)
    assert again == []


@pytest.mark.integration
async def test_a_bus_that_stays_ill_is_ended_and_another_started(tmp_path: Path) -> None:
    server = ChildServer(tmp_path, ("sms",), free_port())
    server.start()
    first, again = server.pid, list[str]()
    try:
        with revived(server, again):
            os.kill(first, signal.SIGSTOP)
            await until(lambda: bool(again), 30)
        assert server.pid != first
        wait_until_healthy(server.monitoring_port)
    finally:
        server.kill()
    assert again == ["nats-server"]
