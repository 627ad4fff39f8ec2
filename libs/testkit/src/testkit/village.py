"""A whole Kentongan as a person runs it, `kentongan up` in a folder of its own, to try hard."""

import os
import signal
import subprocess
import sys
import time
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import httpx

from common.cap import Alert, write_xml
from common.messaging import ask
from common.messaging.failures import NoAnswer, NotPublished
from common.questions.audit import Counts, CountsQuestion, Verified, VerifyQuestion
from common.subjects import AUDIT_COUNTS, AUDIT_VERIFY
from kentongan.directory import import_people
from kentongan.home import HOST, Home, write_secret
from kentongan.operator import NoBus, operator_bus
from kentongan.providers import written
from sandbox.faults import Fault
from sandbox.witness import Received, read, whole
from testkit import public_feed
from testkit.public_feed import FEED
from testkit.town_halls import WEBHOOK, TownHalls

READY_SECONDS: Final = 90.0
END_SECONDS: Final = 60.0
READY: Final = "Kentongan is ready"
CHANNELS: Final = ("sms", "email", "push")
TAKEN_SECONDS: Final = 2.0

Tables = dict[str, dict[str, dict[str, Any]]]


class Village:
    """One `kentongan up`, with what a trial does to it and asks of it."""

    def __init__(self, folder: Path, base_port: int) -> None:
        self.home = Home(folder / "home")
        self._base_port = base_port
        self._output = folder / "up.txt"
        self._process: subprocess.Popen[bytes] | None = None
        self.feed_folder = folder / "feed"
        self.town_halls: TownHalls | None = None

    def start(self) -> Self:
        """Start it, and return when it says that it is ready."""
        command = [sys.executable, "-m", "kentongan", "up", "--home", str(self.home.path)]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [*command, "--port", str(self._base_port)],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        deadline = time.monotonic() + READY_SECONDS
        while READY not in self.said():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"kentongan up did not become ready:\n{self.said()}")
            time.sleep(0.05)
        return self

    def said(self) -> str:
        """Return what it printed since it was started."""
        return self._output.read_text()

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        return self._end(signal.SIGINT)

    def kill_supervisor(self) -> None:
        """End the supervisor with SIGKILL."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        """Send the supervisor a signal and reap it."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        return process.wait(END_SECONDS)

    def pid(self, name: str) -> int:
        """Return the process id of one of its children."""
        return int((self.home.path / "run" / f"{name}.pid").read_text())

    def children(self) -> list[str]:
        """Return the names of its children."""
        return [file.stem for file in (self.home.path / "run").glob("*.pid")]

    def kill(self, name: str) -> None:
        """End one of its children with SIGKILL; the supervisor starts it again."""
        os.kill(self.pid(name), signal.SIGKILL)

    def tell(self, channel: str, **fault: object) -> None:
        """Have a provider of the sandbox behave in some way, or the town halls beside it."""
        if channel == WEBHOOK and self.town_halls is not None:
            self.town_halls.tell(Fault.model_validate(fault))
            return
        address = f"{self.home.address('page')}/control/{channel}"
        httpx.put(address, json=fault, trust_env=False).raise_for_status()

    @contextmanager
    def providers(self, change: Callable[[Tables], None]) -> Iterator[None]:
        """Have other providers in the file until the block ends."""
        right = self.home.providers_file.read_text()
        tables = tomllib.loads(right)
        change(tables)
        write_secret(self.home.providers_file, written(tables))
        time.sleep(TAKEN_SECONDS)
        try:
            yield
        finally:
            write_secret(self.home.providers_file, right)

    def hooks_origin(self, port: int) -> str:
        """Return where receivers of webhooks at a port are for those who post."""
        return f"http://{HOST}:{port}"

    @property
    def push_origin(self) -> str:
        """Return where the push service is, as subscriptions say it."""
        return self.home.address("push")

    def subscriptions(self, count: int) -> list[dict[str, object]]:
        """Return new push subscriptions."""
        address = f"{self.push_origin}/subscriptions"
        answer = httpx.post(address, json={"count": count}, timeout=30.0, trust_env=False)
        found: list[dict[str, object]] = answer.json()["subscriptions"]
        return found

    def publish(self, alert: Alert) -> str:
        """Submit an alert until it is accepted, and return its id: a publisher tries again."""
        key = self.home.publisher_key.read_text().strip()
        headers = {
            "authorization": f"Bearer {key}",
            "content-type": "application/cap+xml",
            "idempotency-key": str(uuid.uuid4()),
        }
        address, body = f"{self.home.address('api')}/v1/alerts", write_xml(alert)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                answer = httpx.post(address, content=body, headers=headers, trust_env=False)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
                continue
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                time.sleep(float(answer.headers["retry-after"]))
                continue
            answer.raise_for_status()
            return str(answer.json()["alert_id"])

    async def populate(self, people: list[dict[str, str]]) -> str:
        """Import people into the directory."""
        async with operator_bus(self.home.path) as bus:
            return await import_people(bus, people)

    async def counts(self, alert_id: str) -> Counts | None:
        """Return the sums of an alert; nothing while nobody answers."""
        try:
            async with operator_bus(self.home.path) as bus:
                return await ask(bus, AUDIT_COUNTS, CountsQuestion(alert_id=alert_id), Counts)
        except (NoBus, NoAnswer, NotPublished):
            return None

    async def verified(self) -> Verified:
        """Return what audit finds in its ledger."""
        async with operator_bus(self.home.path) as bus:
            return await ask(bus, AUDIT_VERIFY, VerifyQuestion(), Verified, timeout=60)

    def record(self, channel: str) -> Path:
        """Return the record of what came on a channel."""
        return self.home.path / "sandbox" / f"{channel}.jsonl"

    def written_down(self, word: str) -> Mapping[str, list[Received]]:
        """Return, by channel, what holds a word: whole messages, taken or refused, and entries.

        What a liar took, and threw away, is not among them.
        """
        found = {
            **{channel: whole(read(self.record(channel))) for channel in (*CHANNELS, WEBHOOK)},
            FEED: public_feed.entries(self.feed_folder),
        }
        return {
            channel: [
                each
                for each in messages
                if not each.thrown_away and word in f"{each.headline} {each.text}"
            ]
            for channel, messages in found.items()
        }

    def received(self, word: str) -> Mapping[str, list[Received]]:
        """Return, by channel, what holds a word and was taken."""
        return {
            channel: [each for each in messages if each.accepted]
            for channel, messages in self.written_down(word).items()
        }


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not one that only waits to be reaped."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return words[0] != "Z"


@contextmanager
def running_village(folder: Path, base_port: int) -> Iterator[Village]:
    """Run one until the block ends."""
    village = Village(folder, base_port)
    try:
        yield village.start()
    finally:
        village.stop()
