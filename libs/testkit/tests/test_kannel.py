from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.kannel import INSTALLED, NEEDED, Kannel, version
from testkit.ports import free_port
from testkit.sinks.process import Sink

pytestmark = pytest.mark.skipif(not INSTALLED, reason=NEEDED)


@pytest.fixture
def kannel(tmp_path: Path, sink: Sink) -> Iterator[Kannel]:
    made = Kannel(tmp_path, sink.port, binds=2)
    yield made
    made.stop()


def test_it_is_bound_as_often_as_is_wished(kannel: Kannel) -> None:
    kannel.start("bearerbox")
    kannel.wait_until_bound()
    assert kannel.status().count("(online ") == 2


def test_it_says_when_smsbox_is_there_and_ends_with_it(kannel: Kannel) -> None:
    kannel.start_both()
    assert set(kannel.pids) == {"bearerbox", "smsbox"}
    kannel.stop()
    assert kannel.pids == {}
    assert kannel.status() == ""


def test_one_that_does_not_begin_is_not_waited_for(tmp_path: Path) -> None:
    kannel = Kannel(tmp_path, free_port(), window=0, admin_port=1)
    kannel.start("smsbox")
    try:
        with pytest.raises(TimeoutError, match="on-line"):
            kannel.wait_until("on-line")
    finally:
        kannel.stop()


def test_it_names_its_version() -> None:
    assert version().startswith("Kannel 1.")
