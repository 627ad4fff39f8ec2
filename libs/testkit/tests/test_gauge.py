import os
import time

from testkit.gauge import Gauge


def test_a_process_that_computes_is_seen_to_use_cpu_and_memory() -> None:
    with Gauge({"own": os.getpid()}, every_seconds=0.02) as gauge:
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
    assert 0.1 < gauge.cpu["own"] < 5
    assert min(gauge.resident["own"]) > 1
