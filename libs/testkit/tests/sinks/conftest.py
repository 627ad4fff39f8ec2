from collections.abc import Callable, Iterator

import pytest

from testkit.sinks.process import Sink

PEOPLE = 5


@pytest.fixture
def start_sink() -> Iterator[Callable[[str], Sink]]:
    started: list[Sink] = []

    def start(channel: str) -> Sink:
        started.append(Sink(channel, PEOPLE))
        return started[-1]

    yield start
    for sink in started:
        sink.stop()
