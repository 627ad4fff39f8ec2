"""Mails per second of our SMTP client beside aiosmtplib and Postfix's smtp-source, to smtp-sink.

Every mail of ours and of aiosmtplib's has its own To, Message-ID and List-Unsubscribe; smtp-source
sends one text of the same length again and again. All have the same number of connections, kept for
the whole run. Needs Debian's postfix. Run it as `python tests/bench/bench_smtp.py [MAILS]`; each is
given that many mails (5,000 by default), three times in turn.
"""

import asyncio
import getpass
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiosmtplib
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from common.subjects import Priority
from notification.mail.dkim import DkimKey, signed
from notification.mail.fate import Fate, Taken
from notification.mail.hello import Patience, Server
from notification.mail.letter import letter
from notification.mail.octets import Mail
from notification.mail.pool import Pool
from notification.ports import Recipient, Text, Window

SINK = Path("/usr/sbin/smtp-sink")
SOURCE = Path("/usr/sbin/smtp-source")
CONNECTIONS = 8
IN_HAND = 500
SLICE = 16
ROUNDS = 3
MAILS = 5_000
SENDER = "alerts@desa.example"
BODY = "Siaga tsunami. Segera naik ke tempat tinggi, jauhi pantai. Bawa surat dan obat.\n" * 10
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RSA = DkimKey("desa.example", "rsa", generate_private_key(65537, 2048))
ED25519 = DkimKey("desa.example", "ed", Ed25519PrivateKey.generate())

Sends = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Runner:
    """Somebody who sends so many mails to a port."""

    name: str
    send: Sends


def main() -> None:
    """Measure in turn and print rates, ratios and conditions."""
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    runners = (
        Runner("smtp-source", _source),
        Runner("aiosmtplib", lambda port, count: asyncio.run(_aiosmtplib(port, count))),
        Runner("ours", partial(_ours, ())),
        Runner("ours, DKIM Ed25519", partial(_ours, (ED25519,))),
        Runner("ours, DKIM RSA-2048", partial(_ours, (RSA,))),
    )
    rates: dict[str, list[float]] = {runner.name: [] for runner in runners}
    for _ in range(ROUNDS):
        for runner in runners:
            rates[runner.name].append(_measured(runner.send, mails))
    theirs = statistics.median(rates["smtp-source"])
    for name, each in rates.items():
        rate = statistics.median(each)
        sys.stdout.write(
            f"{name:20}{rate:9,.0f} mails/s ({min(each):,.0f} to {max(each):,.0f}),"
            f" {rate / theirs:.2f} of smtp-source\n"
        )
    _, example = next(_written(1))
    sys.stdout.write(
        f"{CONNECTIONS} connections, {len(example)} octets, smtp-sink in another process, loopback,"
        f" median of {ROUNDS} x {mails:,} mails, Python {platform.python_version()},"
        f" {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}\n"
    )


def _measured(send: Sends, mails: int) -> float:
    with _sink() as port:
        began = time.perf_counter()
        send(port, mails)
        return mails / (time.perf_counter() - began)


def _window(count: int) -> Window:
    people = (Recipient(f"r{each}", f"p{each}", f"p{each}@desa.example") for each in range(count))
    text = Text("id-ID", "Siaga tsunami", BODY)
    expires = NOW + timedelta(hours=2)
    return Window("a1", "b1", "a1", "Actual", Priority.IMMEDIATE, text, tuple(people), expires)


def _written(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield whom each mail is for, and the mail."""
    for address, head, rest in _parts(count):
        yield address, head + rest


def _parts(count: int) -> Iterator[tuple[str, bytes, bytes]]:
    window = _window(count)
    shared = letter(window, f"Desa <{SENDER}>", "desa.example", NOW)
    for to in window.recipients:
        url = f"https://desa.example/unsubscribe/{to.id}"
        yield to.address, shared.head(to, to.address, url), shared.shared


def _ours(keys: Sequence[DkimKey], port: int, count: int) -> None:
    asyncio.run(_pooled(keys, port, count))


async def _pooled(keys: Sequence[DkimKey], port: int, count: int) -> None:
    pool = Pool(Server("127.0.0.1", port, "desa.example"), Patience(), CONNECTIONS)
    await pool.ready()
    room = asyncio.Semaphore(IN_HAND)
    taken = 0

    def note(fate: asyncio.Future[Fate]) -> None:
        nonlocal taken
        taken += isinstance(fate.result(), Taken)
        room.release()

    for number, (address, head, rest) in enumerate(_parts(count)):
        await room.acquire()
        mail = Mail(SENDER, address, signed(keys, head, rest, NOW) if keys else head, rest)
        pool.post(mail).add_done_callback(note)
        if number % SLICE == 0:
            await asyncio.sleep(0)
    await pool.close()
    assert taken == count, f"{taken} of {count} taken"


async def _aiosmtplib(port: int, count: int) -> None:
    mails = _written(count)

    async def talk() -> None:
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=port, local_hostname="desa.example"
        ) as client:
            for address, mail in mails:
                await client.mail(SENDER)
                await client.rcpt(address)
                await client.data(mail)

    await asyncio.gather(*(talk() for _ in range(CONNECTIONS)))


def _source(port: int, count: int) -> None:
    _, example = next(_written(1))
    subprocess.run(
        [
            *(str(SOURCE), "-d", "-s", str(CONNECTIONS), "-m", str(count)),
            *("-l", str(len(example)), "-f", SENDER, "-t", "p@desa.example"),
            f"127.0.0.1:{port}",
        ],
        check=True,
    )


@contextmanager
def _sink() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    user = ["-u", "nobody"] if getpass.getuser() == "root" else []
    process = subprocess.Popen([str(SINK), *user, f"127.0.0.1:{port}", "1000"])
    try:
        time.sleep(0.5)
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
