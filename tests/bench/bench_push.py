"""Web Push messages per second to an HTTPS sink: ours, a bare loop, and npm's web-push.

Each message has a fresh key, as RFC 8291 wants, and its own endpoint; all have the same number of
requests under way on kept connections. The bare loop encrypts with our functions and posts with
aiohttp, and does nothing else. Run it as `python tests/bench/bench_push.py [MESSAGES]`; each is
given that many (5,000 by default), three times in turn. Needs npm for web-push, and says so.
"""

import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from common.clock import SystemClock
from common.subjects import Priority
from notification.channels.push.webpush import Settings, WebPushProvider
from notification.ports import Accepted, Receipt, Recipient, Text, Window
from notification.webpush.encoded import encoded
from notification.webpush.encryption import CURVE, SALT_OCTETS, encrypt
from notification.webpush.subscription import read_subscription
from notification.webpush.vapid import Vapid, new_private_key, private_key
from testkit.certificates import write_certificate
from testkit.sinks.process import Sink

MESSAGES: Final = 5_000
ROUNDS: Final = 3
UNDER_WAY: Final = 50
WINDOW: Final = 200
WINDOWS: Final = 2
BROWSERS: Final = 200
BODY: Final = "Siaga tsunami. Segera naik ke tempat tinggi, jauhi pantai. Bawa surat dan obat. " * 6
SUBJECT: Final = "mailto:alerts@desa.example"
CERTIFICATE: Final = "BENCH_PUSH_CERTIFICATE"
AUTHORITIES: Final = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
WEB_PUSH: Final = """
const webpush = require('web-push'), https = require('https'), fs = require('fs');
const {subscriptions, body, vapid, underWay} = JSON.parse(fs.readFileSync(0, 'utf8'));
const agent = new https.Agent({keepAlive: true, maxSockets: underWay});
let next = 0;
async function one() {
  while (next < subscriptions.length) {
    const options = {TTL: 3600, vapidDetails: vapid, agent};
    await webpush.sendNotification(subscriptions[next++], body, options);
  }
}
const began = process.hrtime.bigint();
Promise.all(Array.from({length: underWay}, one)).then(() => {
  console.log(Number(process.hrtime.bigint() - began) / 1e9);
});
"""

Runner = Callable[[Sequence[str]], float]


def main() -> None:
    """Measure in turn and print rates, ratios and conditions."""
    with tempfile.TemporaryDirectory(prefix="bench-push-") as folder:
        certificate = Path(folder) / "sink.pem"
        if CERTIFICATE not in os.environ:
            write_certificate(certificate)
            trusting = dict.fromkeys((CERTIFICATE, *AUTHORITIES), str(certificate))
            sys.exit(subprocess.call([sys.executable, *sys.argv], env=os.environ | trusting))
        _measure(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES, Path(folder))


def _measure(messages: int, folder: Path) -> None:
    sink = Sink("push", messages, Path(os.environ[CERTIFICATE]))
    people = _subscriptions(f"https://127.0.0.1:{sink.port}", messages)
    runners: dict[str, Runner] = {
        "bare loop": lambda these: asyncio.run(_bare(these)),
        "ours": lambda these: asyncio.run(_ours(these, sink.port)),
    }
    if (node := _web_push(folder)) is not None:
        runners["npm web-push"] = node
    rates: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(ROUNDS):
        for name, run in runners.items():
            seconds = run(people)
            report = sink.forget()
            assert (report.messages, report.people) == (messages, messages), report
            rates[name].append(messages / seconds)
    sink.stop()
    _print(messages, rates)


def _print(messages: int, rates: dict[str, list[float]]) -> None:
    bare = statistics.median(rates["bare loop"])
    for name, each in rates.items():
        rate = statistics.median(each)
        spread = f"({min(each):,.0f} to {max(each):,.0f})"
        print(f"{name:14}{rate:8,.0f} messages/s {spread}, {rate / bare:.2f} of the bare loop")
    print(
        f"{messages:,} messages, {UNDER_WAY} under way, HTTPS to a sink on the same"
        f" {os.cpu_count()} cores, Python {platform.python_version()}, median of {ROUNDS},"
        f" load {os.getloadavg()[0]:.1f}"
    )


async def _bare(people: Sequence[str]) -> float:
    """Encrypt and post, nothing else."""
    vapid = Vapid(private_key(new_private_key()), SUBJECT)
    headers = {"TTL": "3600", "Content-Encoding": "aes128gcm"}
    queue = iter(people)
    plaintext = BODY.encode()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=UNDER_WAY)) as session:

        async def post() -> None:
            for each in queue:
                to = read_subscription(each)
                sender = ec.generate_private_key(CURVE)
                sealed = encrypt(plaintext, to.keys, sender, os.urandom(SALT_OCTETS))
                signed = vapid.authorization(to.origin, datetime.now(UTC))
                head = headers | {"Authorization": signed}
                async with session.post(to.endpoint, data=sealed, headers=head) as response:
                    await response.read()

        began = time.perf_counter()
        await asyncio.gather(*(post() for _ in range(UNDER_WAY)))
        return time.perf_counter() - began


async def _ours(people: Sequence[str], port: int) -> float:
    """Send windows as a worker of delivery does, the next one while one is answered."""
    settings = Settings(
        practice=True,
        vapid_key=SecretStr(new_private_key()),
        vapid_subject=SUBJECT,
        practice_origins=(f"https://127.0.0.1:{port}",),
        in_flight=UNDER_WAY,
    )
    provider = WebPushProvider("bench", settings, _unheard, SystemClock())
    await provider.open()
    windows = iter([people[at : at + WINDOW] for at in range(0, len(people), WINDOW)])

    async def send() -> None:
        for window in windows:
            answers = await provider.send(_window(window))
            assert all(isinstance(each, Accepted) for each in answers)

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(WINDOWS)))
    seconds = time.perf_counter() - began
    await provider.close()
    return seconds


def _web_push(folder: Path) -> Runner | None:
    """Install web-push, and return what sends with it."""
    if shutil.which("npm") is None:
        print("npm is not installed: web-push is not measured")
        return None
    quiet = ["npm", "install", "--silent", "--no-fund", "--no-audit", "web-push"]
    subprocess.run(quiet, cwd=folder, check=True)
    (folder / "send.js").write_text(WEB_PUSH)
    key = private_key(new_private_key())
    vapid = {
        "subject": SUBJECT,
        "publicKey": Vapid(key, "").public_key,
        "privateKey": encoded(key.private_numbers().private_value.to_bytes(32, "big")),
    }

    def send(people: Sequence[str]) -> float:
        work = {
            "subscriptions": [json.loads(each) for each in people],
            "body": BODY,
            "vapid": vapid,
            "underWay": UNDER_WAY,
        }
        said = subprocess.run(
            ["node", "send.js"],
            cwd=folder,
            input=json.dumps(work),
            capture_output=True,
            text=True,
            check=True,
        )
        return float(said.stdout)

    return send


def _subscriptions(origin: str, count: int) -> list[str]:
    """Return what so many browsers gave; some share their keys, which nobody remembers."""
    keys = [
        {"p256dh": Vapid(private_key(new_private_key()), "").public_key, "auth": encoded(bytes(16))}
        for _ in range(BROWSERS)
    ]
    return [
        json.dumps({"endpoint": f"{origin}/p/{number}", "keys": keys[number % BROWSERS]})
        for number in range(count)
    ]


def _window(people: Sequence[str]) -> Window:
    return Window(
        alert_id="alert-1",
        batch_id="batch-1",
        chain="alert-1",
        status="Actual",
        priority=Priority.IMMEDIATE,
        text=Text("id-ID", "Tsunami", BODY),
        recipients=tuple(Recipient(f"r{at}", f"p{at}", each) for at, each in enumerate(people)),
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


async def _unheard(_: Receipt) -> None:
    """Push services give no receipts."""


if __name__ == "__main__":
    main()
