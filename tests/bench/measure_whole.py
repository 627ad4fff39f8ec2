"""Measure a whole Kentongan on this machine: its start, its memory, its first byte, its pace.

    .venv/bin/python tests/bench/measure_whole.py

Prints seconds from start to ready, resident memory at rest, p50 and p99 from the answer of intake
to the first message that a provider has on disk, over 200 alerts, and recipients settled per
second on each channel. Embedded layout: SQLite with synchronous=FULL, one nats-server with
sync_interval always, one replica, sandbox providers on the same machine.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from kentongan.home import OFFSETS
from sandbox.witness import Received
from testkit.ports import free_ports
from testkit.trials import residents, wait_until_settled, warning
from testkit.village import CHANNELS, Village

ALERTS: Final = 200
FEW: Final = 5
PAGE_KIBIBYTES: Final = os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    """Measure everything, and print it."""
    with tempfile.TemporaryDirectory() as folder:
        village = Village(Path(folder), free_ports(len(OFFSETS)))
        began = time.monotonic()
        village.start()
        try:
            _say(f"cores {os.cpu_count()}, SQLite synchronous=FULL, R1, sync_interval always")
            _say(f"from `kentongan up` to ready: {time.monotonic() - began:.1f} s")
            time.sleep(5)
            _say(f"resident memory at rest: {_resident_mebibytes(village):.0f} MiB in all")
            everybody = residents(village)
            asyncio.run(village.populate(everybody[:FEW]))
            _measure_latency(village)
            asyncio.run(village.populate(everybody))
            _measure_throughput(village)
        finally:
            village.stop()


def _measure_latency(village: Village) -> None:
    """Send alerts one after the other to a few people; compare the 202 with the first receipt."""
    taken = []
    for number in range(ALERTS):
        word = f"LAT{number:03d}"
        village.publish(warning(word, immediate=True))
        answered = time.time()
        taken.append(max(_first_received(village, word) - answered, 0.0) * 1000)
    centiles = statistics.quantiles(taken, n=100)
    _say(
        f"202 to first byte at a provider, {ALERTS} alerts: p50 {centiles[49]:.0f} ms, "
        f"p99 {centiles[98]:.0f} ms, most {max(taken):.0f} ms"
    )


def _first_received(village: Village, word: str) -> float:
    """Wait until all have it, and return when the first message was on disk."""
    while True:
        time.sleep(0.25)
        instants = _instants(village.received(word).values())
        if len(instants) == FEW * len(CHANNELS):
            return min(instants)


def _measure_throughput(village: Village) -> None:
    """Send one alert to two thousand recipients, and divide by the time that each channel took."""
    for round_ in range(3):
        word = f"ALL{round_}"
        wait_until_settled(village, village.publish(warning(word, immediate=True)))
        received = village.received(word)
        for channel in CHANNELS:
            instants = sorted(_instants([received[channel]]))
            seconds = max(instants[-1] - instants[0], 0.001)
            _say(
                f"round {round_}: {channel:5} {len(instants)} recipients in {seconds:.2f} s: "
                f"{len(instants) / seconds:.0f}/s"
            )


def _instants(lists: Iterable[Sequence[Received]]) -> list[float]:
    """Return when each message was on disk, in seconds since the epoch."""
    return [datetime.fromisoformat(each.at).timestamp() for all_of in lists for each in all_of]


def _resident_mebibytes(village: Village) -> float:
    """Add up what each process of the village holds in memory."""
    pids = [village.pid(name) for name in village.children()]
    pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return sum(pages) * PAGE_KIBIBYTES / 1024


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
