"""Kannel, an SMS gateway by others, as processes in a folder of its own, bound to one SMSC."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from testkit.ports import free_ports

SBIN: Final = "/usr/sbin:/usr/local/sbin"
INSTALLED: Final = all(shutil.which(each, path=SBIN) for each in ("bearerbox", "smsbox"))
NEEDED: Final = "needs bearerbox and smsbox of Debian's package kannel"
USERNAME, PASSWORD = "village", "drum"
ERRORS_ONLY: Final = "3"
READY_SECONDS: Final = 30.0
END_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.05

# Nothing here makes it slower than it is: no throughput is set, receipts would be kept in memory,
# there is no access log, the log is of errors only (debug, the default, doubles the CPU of
# bearerbox), and what waits for an SMSC is looked at again every second.
CONFIGURED: Final = """
group = core
admin-port = {admin}
admin-password = bar
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
store-type = file
store-location = {folder}/store
dlr-storage = internal
sms-resend-freq = 1
syslog-level = none

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
syslog-level = none

group = sendsms-user
username = {username}
password = {password}
concatenation = true
max-messages = 10

group = smsc
smsc = smpp
smsc-id = sink
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = kannel
smsc-password = {smsc_password}
system-type = ""
max-pending-submits = {window}
reconnect-delay = 1
instances = {binds}
"""


@dataclass(slots=True)
class Kannel:
    """A bearerbox with its store, and a smsbox that takes messages for it over HTTP.

    The store stays in the folder: another Kannel there goes on with what this one has not sent.
    """

    folder: Path
    smsc_port: int
    binds: int = 1
    window: int = 64
    smsc_password: str = "sink"  # noqa: S105 - it is none
    admin_port: int = 0
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.admin_port = self.admin_port or free_ports(3)

    @property
    def box_port(self) -> int:
        """Where bearerbox listens for smsbox."""
        return self.admin_port + 1

    @property
    def send_port(self) -> int:
        """Where smsbox takes messages."""
        return self.admin_port + 2

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run, by name."""
        return {name: process.pid for name, process in self._running.items()}

    def start(self, program: str) -> None:
        """Start one of the two; it is not ready yet."""
        file = self.folder / "kannel.conf"
        file.write_text(
            CONFIGURED.format(
                admin=self.admin_port,
                box=self.box_port,
                send=self.send_port,
                folder=self.folder,
                username=USERNAME,
                password=PASSWORD,
                smsc=self.smsc_port,
                smsc_password=self.smsc_password,
                window=self.window,
                binds=self.binds,
            )
        )
        found = shutil.which(program, path=SBIN)
        assert found is not None, NEEDED
        with (self.folder / f"{program}.log").open("ab") as log:
            self._running[program] = subprocess.Popen(
                [found, "-v", ERRORS_ONLY, str(file)], cwd=self.folder, stdout=log, stderr=log
            )

    def start_both(self) -> None:
        """Start bearerbox, then smsbox, and return when it takes messages."""
        self.start("bearerbox")
        self.wait_until("Status: running")
        self.start("smsbox")
        self.wait_until("on-line")

    def wait_until(self, *words: str) -> None:
        """Return when its status says all of these words."""
        self._wait(lambda said: all(word in said for word in words), f"not {words}")

    def wait_until_bound(self) -> None:
        """Return when all its binds are there."""
        self._wait(lambda said: said.count("(online ") >= self.binds, "not bound")

    def _wait(self, is_so: Callable[[str], bool], what: str) -> None:
        """Return when its status is so, or say what it is not."""
        deadline = time.monotonic() + READY_SECONDS
        while not is_so(said := self.status()):
            if time.monotonic() > deadline or self._ended():
                raise TimeoutError(f"Kannel is {what}: {said}; see its logs in {self.folder}")
            time.sleep(LOOK_SECONDS)

    def status(self) -> str:
        """Return what bearerbox says of itself, nothing while it does not answer."""
        asked = f"http://127.0.0.1:{self.admin_port}/status.txt?password=bar"
        try:
            return httpx.get(asked, timeout=2.0, trust_env=False).text
        except httpx.TransportError:
            return ""

    def stop(self) -> None:
        """End what runs, smsbox first; bearerbox writes its store."""
        for name in sorted(self._running, reverse=True):
            process = self._running.pop(name)
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _ended(self) -> bool:
        return any(process.poll() is not None for process in self._running.values())


def version() -> str:
    """Return what it is by its own words."""
    found = shutil.which("bearerbox", path=SBIN)
    assert found is not None, NEEDED
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    return "Kannel " + said.partition("`")[2].partition("'")[0]
