import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kentongan.children import Command
from kentongan.home import Home
from testkit.keeping import kept
from testkit.part import Part
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
