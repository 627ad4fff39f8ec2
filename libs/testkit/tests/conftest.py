from collections.abc import Iterator

import pytest

from testkit.sinks.process import Sink

PEOPLE = 20


@pytest.fixture
def sink() -> Iterator[Sink]:
    started = Sink("sms", PEOPLE)
    yield started
    started.stop()
