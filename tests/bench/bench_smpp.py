"""Messages per second of our SMPP client beside smpplib's, at the same SMSC, in the same run.

The SMSC is Kannel's drive_smpp (Debian's kannel-extras) or, where it is not installed, our own
server in a process of its own. Run it as `python tests/bench/bench_smpp.py [SECONDS]`; each client
gets that many seconds (2 by default), three times in turn.
"""

import asyncio
import logging
import os
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import smpplib.client

from smpp import Account, BindType, Client, SessionSettings, SubmitSm

DRIVE_SMPP = Path("/usr/lib/kannel/test/drive_smpp")
SMSBOX_PORT = 13001
WINDOW = 64
ROUNDS = 3
TEXT = b"Siaga tsunami. Segera naik ke tempat tinggi, jauhi pantai. Bawa surat dan obat."

OWN_SMSC = """
import asyncio, itertools, sys
from smpp import Server

class Smsc:
    ids = itertools.count()

    async def authenticate(self, session, bind):
        pass

    def submit(self, session, submit_sm):
        return str(next(self.ids))

async def main():
    await Server(Smsc()).start("127.0.0.1", int(sys.argv[1]))
    await asyncio.sleep(60)

asyncio.run(main())
"""


def main() -> None:
    """Measure in turn and print both rates, their ratio and the conditions."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    logging.disable(logging.CRITICAL)
    ours, theirs = [], []
    with _bearerbox():
        for _ in range(ROUNDS):
            ours.append(_measured(_submit_by_us, seconds))
            theirs.append(_measured(_submit_by_smpplib, seconds))
    smsc = DRIVE_SMPP.name if DRIVE_SMPP.exists() else "our own server"
    us, them = statistics.median(ours), statistics.median(theirs)
    sys.stdout.write(
        f"smpp     {us:9,.0f} submit_sm/s ({_spread(ours)})\n"
        f"smpplib  {them:9,.0f} submit_sm/s ({_spread(theirs)})\n"
        f"ratio    {us / them:9.1f}\n"
        f"window {WINDOW}, {len(TEXT)} octets, SMSC {smsc} in another process, loopback, median of"
        f" {ROUNDS} x {seconds:g} s, Python {platform.python_version()}, {os.cpu_count()} CPUs\n"
    )


def _spread(rates: list[float]) -> str:
    return f"{min(rates):,.0f} to {max(rates):,.0f}"


def _measured(submit: Callable[[int, float], int], seconds: float) -> float:
    with _smsc() as port:
        began = time.perf_counter()
        return submit(port, seconds) / (time.perf_counter() - began)


def _submit_by_us(port: int, seconds: float) -> int:
    return asyncio.run(_submit(port, seconds))


async def _submit(port: int, seconds: float) -> int:
    account = Account(
        host="127.0.0.1", port=port, system_id="bench", session=SessionSettings(window=WINDOW)
    )
    answered = 0

    def count(future: object) -> None:
        nonlocal answered
        answered += future is not None

    async with Client(account, binds=(BindType.TRANSMITTER,)) as client:
        end = time.perf_counter() + seconds
        number = 0
        while time.perf_counter() < end:
            await client.ready()
            number += 1
            pdu = SubmitSm(
                source_addr="DESA", destination_addr=f"62{number:010}", short_message=TEXT
            )
            client.submit_nowait(pdu).add_done_callback(count)
    return answered


def _submit_by_smpplib(port: int, seconds: float) -> int:
    answered = 0

    def count(pdu: object) -> None:
        nonlocal answered
        answered += pdu is not None

    client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
    client.set_message_sent_handler(count)
    client.connect()
    client.bind_transmitter(system_id="bench", password="")
    end = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < end or number > answered:
        if number - answered < WINDOW and time.perf_counter() < end:
            number += 1
            client.send_message(
                source_addr="DESA", destination_addr=f"62{number:010}", short_message=TEXT
            )
        else:
            client.read_once()
    client.disconnect()
    return answered


@contextmanager
def _smsc() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-c", OWN_SMSC, str(port)]
    if DRIVE_SMPP.exists():
        command = [str(DRIVE_SMPP), "-v", "4", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def _bearerbox() -> Iterator[None]:
    """Listen where drive_smpp insists on finding a bearerbox."""
    with socket.create_server(("127.0.0.1", SMSBOX_PORT)) as listening:
        came: list[socket.socket] = []

        def welcome() -> None:
            with suppress(OSError):
                while True:
                    came.append(listening.accept()[0])

        threading.Thread(target=welcome, daemon=True).start()
        yield
        for each in came:
            each.close()


if __name__ == "__main__":
    main()
