"""What a sensible engineer would write first: one message per recipient, sent and then acked.

Written before ours was tuned, and left alone since: `time_to_all.py` measures ours beside it, with
the same client libraries, connections, sinks and shares. It is spared what ours has to do beside
sending: it looks for nobody in an area, stores no outcome and tells nobody of it.

    python tests/bench/naive.py SETTINGS     one worker, which also plans; SETTINGS is JSON
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, TCPConnector
from aiosmtplib import SMTP
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key
from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker, PullSub
from nats.js.api import ConsumerConfig, RetentionPolicy, StorageType
from pydantic import BaseModel

from notification.webpush.encryption import CURVE, SALT_OCTETS, encrypt
from notification.webpush.subscription import read_subscription
from notification.webpush.vapid import Vapid, private_key
from smpp import Account, Client, SegmentedText, SessionSettings, SubmitSm, segment_text

CHANNELS: Final = ("sms", "email", "push")
AT_ONCE: Final = {"sms": 64, "email": 16, "push": 50}
SENDER: Final = "alerts@kentongan.example"
PLANNING_SECONDS: Final = 3600.0
ALERTS: Final = JStream("NAIVE_ALERTS", subjects=["naive.released"], storage=StorageType.FILE)
REQUESTS: Final = JStream(
    "NAIVE_REQUESTS",
    subjects=["naive.requested.*"],
    storage=StorageType.FILE,
    retention=RetentionPolicy.WORK_QUEUE,
)


class Settings(BaseModel):
    """Where the bus, the directory and the providers are."""

    url: str
    directory: Path
    sms_port: int
    email_port: int
    vapid_key: str


class Released(BaseModel):
    """An alert that goes to everybody."""

    alert_id: str
    headline: str
    text: str


class Requested(BaseModel):
    """One recipient, and what to tell them."""

    alert_id: str
    recipient: int
    address: str
    headline: str
    text: str


Send = Callable[[Requested], Awaitable[None]]


def main() -> None:
    """Work until ended."""
    settings = Settings.model_validate_json(sys.argv[1])
    broker = NatsBroker(settings.url, graceful_timeout=20, logger=None)

    @asynccontextmanager
    async def connections() -> AsyncIterator[None]:
        async with senders(settings) as send:
            subscribe(broker, settings, send)
            yield

    asyncio.run(FastStream(broker, lifespan=connections, after_startup=[ready]).run())


async def ready() -> None:
    """Say that it works."""
    print("ready", flush=True)


def subscribe(broker: NatsBroker, settings: Settings, send: dict[str, Send]) -> None:
    """Plan what is released, and send what is requested on every channel."""

    @broker.subscriber(
        "naive.released",
        stream=ALERTS,
        durable="naive-plan",
        pull_sub=PullSub(),
        config=ConsumerConfig(ack_wait=PLANNING_SECONDS),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )
    async def plan(released: Released) -> None:
        rows = await asyncio.to_thread(everybody, settings.directory)
        for recipient, channel, address in rows:
            requested = Requested(
                alert_id=released.alert_id,
                recipient=recipient,
                address=address,
                headline=released.headline,
                text=released.text,
            )
            await broker.publish(
                requested,
                f"naive.requested.{channel}",
                stream=REQUESTS.name,
                headers={"Nats-Msg-Id": f"{released.alert_id}-{recipient}"},
                timeout=5,
            )

    for channel in CHANNELS:
        broker.subscriber(
            f"naive.requested.{channel}",
            stream=REQUESTS,
            durable=f"naive-{channel}",
            pull_sub=PullSub(batch_size=AT_ONCE[channel]),
            max_workers=AT_ONCE[channel],
            ack_policy=AckPolicy.NACK_ON_ERROR,
            no_reply=True,
        )(handler(send[channel]))


def handler(send: Send) -> Callable[[Requested], Awaitable[None]]:
    """Return what sends one message; FastStream acks it afterwards."""

    async def deliver(requested: Requested) -> None:
        await send(requested)

    return deliver


def everybody(directory: Path) -> list[tuple[int, str, str]]:
    """Read all subscriptions."""
    with sqlite3.connect(f"file:{directory}?mode=ro", uri=True) as store:
        return store.execute(
            "SELECT recipient, channel, address FROM subscriptions WHERE ended_at IS NULL"
        ).fetchall()


@asynccontextmanager
async def senders(settings: Settings) -> AsyncIterator[dict[str, Send]]:
    """Hold the connections to the providers, and yield what sends on each channel."""
    account = Account(
        host="127.0.0.1",
        port=settings.sms_port,
        system_id=f"naive{os.getpid()}"[:15],
        session=SessionSettings(window=AT_ONCE["sms"]),
    )
    idle: asyncio.Queue[SMTP] = asyncio.Queue()
    for _ in range(AT_ONCE["email"]):
        smtp = SMTP(hostname="127.0.0.1", port=settings.email_port, start_tls=False)
        await smtp.connect()
        idle.put_nowait(smtp)
    vapid = Vapid(private_key(settings.vapid_key), f"mailto:{SENDER}")
    connector = TCPConnector(limit=AT_ONCE["push"])
    async with Client(account) as smsc, ClientSession(connector=connector) as session:
        yield {
            "sms": sms_sender(smsc),
            "email": email_sender(idle),
            "push": push_sender(session, vapid),
        }


def sms_sender(smsc: Client) -> Send:
    """Return what submits a short message."""
    segmented: Callable[[str], SegmentedText] = cache(segment_text)

    async def send(requested: Requested) -> None:
        message = SubmitSm(
            source_addr_ton=5,
            source_addr="KENTONGAN",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=requested.address.removeprefix("+"),
        )
        await smsc.submit_text(segmented(requested.text), message)

    return send


def email_sender(idle: "asyncio.Queue[SMTP]") -> Send:
    """Return what mails on a kept connection."""

    async def send(requested: Requested) -> None:
        smtp = await idle.get()
        try:
            await smtp.sendmail(SENDER, [requested.address], mail(requested))
        finally:
            idle.put_nowait(smtp)

    return send


def mail(requested: Requested) -> bytes:
    """Write a mail with the headers of its recipient."""
    lines = (
        f"From: {SENDER}",
        f"To: {requested.address}",
        f"Subject: {requested.headline}",
        f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S +0000}",
        f"Message-ID: <{requested.alert_id}-{requested.recipient}@kentongan.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        requested.text,
        "",
    )
    return "\r\n".join(lines).encode()


def push_sender(session: ClientSession, vapid: Vapid) -> Send:
    """Return what encrypts and posts to a push service."""

    async def send(requested: Requested) -> None:
        subscription = read_subscription(requested.address)
        now = datetime.now(UTC)
        plaintext = f"{requested.headline}\n{requested.text}".encode()
        sender = generate_private_key(CURVE)
        sealed = encrypt(plaintext, subscription.keys, sender, os.urandom(SALT_OCTETS))
        headers: dict[str, Any] = {
            "TTL": "3600",
            "Urgency": "high",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": vapid.authorization(subscription.origin, now),
        }
        async with session.post(subscription.endpoint, data=sealed, headers=headers) as answer:
            answer.raise_for_status()

    return send


if __name__ == "__main__":
    main()
