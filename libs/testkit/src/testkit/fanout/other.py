"""Another fan-out on a bus of its own, started as a script, and how long it takes to reach all."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import nats

from notification.webpush.vapid import new_private_key
from testkit import crowd
from testkit.bus import binary, wait_until_healthy
from testkit.fanout.measured import HEADLINE, INSTRUCTION, Fanout, Trial
from testkit.ports import free_port
from testkit.sinks.process import Sink

LOOK_SECONDS: Final = 0.05
RELEASED: Final = "naive.released"
REQUESTS: Final = "NAIVE_REQUESTS"


def other_fanout(script: Path, trial: Trial) -> Fanout:
    """Start so many workers of a script, release one alert, wait for the last ack, and end it."""
    with ExitStack() as stack:
        bus, port = stack.enter_context(_bus(trial.folder))
        url = f"nats://127.0.0.1:{port}"
        settings = {
            "url": url,
            "directory": str(trial.directory),
            "sms_port": trial.sinks["sms"].port,
            "email_port": trial.sinks["email"].port,
            "vapid_key": new_private_key(),
        }
        log = stack.enter_context((trial.folder / "naive.log").open("wb"))
        pids = {}
        for number in range(trial.workers):
            command = [sys.executable, str(script), json.dumps(settings)]
            worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
            stack.callback(_end, worker)
            assert worker.stdout is not None
            if worker.stdout.readline() != b"ready\n":
                raise RuntimeError((trial.folder / "naive.log").read_text())
            pids[f"naive-{number + 1}"] = worker.pid
        with trial.gauge({**pids, "bus": bus}) as gauge:
            began, seconds = asyncio.run(_release(url, trial))
        reports = {name: sink.forget() for name, sink in trial.sinks.items()}
        ends = {name: report.last_at - began for name, report in reports.items()}
        return Fanout(trial.people, seconds, ends, gauge, reports, trial.shares)


@contextmanager
def _bus(folder: Path) -> Iterator[tuple[int, int]]:
    """Run a server with the same store as ours; yield its process id and its port."""
    port, monitoring = free_port(), free_port()
    file = folder / "naive.conf"
    file.write_text(
        f"listen: 127.0.0.1:{port}\nhttp: 127.0.0.1:{monitoring}\n"
        f"jetstream: {{ store_dir: {json.dumps(str(folder / 'store'))}, sync_interval: always }}\n"
    )
    with (folder / "nats.log").open("wb") as log:
        server = subprocess.Popen([binary(), "-c", file], stdout=log, stderr=log)
    try:
        wait_until_healthy(monitoring)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait()


async def _release(url: str, trial: Trial) -> tuple[float, float]:
    """Release an alert, and return when that was and how many seconds it took to the last ack."""
    client = await nats.connect(url)
    told = {"alert_id": "crowd", "headline": HEADLINE, "text": f"{HEADLINE}. {INSTRUCTION}"}
    began = time.time()
    await client.jetstream().publish(RELEASED, json.dumps(told).encode())
    async with asyncio.timeout(trial.patience_seconds):
        while not _reached(trial.sinks, crowd.sums(trial.people, trial.shares)):
            await asyncio.sleep(LOOK_SECONDS)
        while (await client.jetstream().stream_info(REQUESTS)).state.messages:
            await asyncio.sleep(LOOK_SECONDS)
    ended = time.time()
    await client.close()
    return began, ended - began


def _reached(sinks: Mapping[str, Sink], expected: Mapping[str, int]) -> bool:
    """Whether everybody has got something."""
    return all(sink.report().people >= expected[name] for name, sink in sinks.items())


def _end(worker: "subprocess.Popen[bytes]") -> None:
    """End a worker, and reap it."""
    worker.kill()
    worker.communicate()
