"""The same short messages through Kannel: fed over HTTP, or all in its store before it begins."""

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Final

from smpp import SubmitSm, decode_text
from testkit import crowd
from testkit.fanout import sendsms
from testkit.fanout.measured import Fanout, Trial
from testkit.gauge import Gauge
from testkit.kannel import PASSWORD, USERNAME, Kannel
from testkit.ports import free_port
from testkit.sinks.process import Sink
from testkit.waiting import until

HEADER_OCTETS: Final = 16
CONNECTIONS: Final = 64
CLIENT: Final = "client"


@dataclass(frozen=True, slots=True)
class Wording:
    """What is written to everybody, and the octets that it is on the way."""

    source: str
    text: str
    octets: bytes

    @classmethod
    def of_latest(cls, sink: Sink) -> "Wording":
        """Return that of the last short message which a sink took."""
        pdu = SubmitSm.decode_body(sink.latest()[HEADER_OCTETS:])
        return cls(pdu.source_addr, decode_text(pdu.data_coding, pdu.payload), pdu.payload)


def by_http(trial: Trial, wording: Wording) -> Fanout:
    """Ask smsbox for each message; the time is from the first request to the sink's last message.

    It has as many binds as the trial has workers. Each message is in its store before it is said
    to be accepted.
    """
    kannel = _kannel(trial, trial.sinks["sms"].port)
    try:
        kannel.start_both()
        kannel.wait_until_bound()
        parts = {**kannel.pids, CLIENT: os.getpid()}
        with trial.gauge(parts) as gauge:
            began = time.time()
            asyncio.run(_fed(kannel, trial, wording))
            _wait_for_all(trial)
    finally:
        kannel.stop()
    return _measured(trial, wording, gauge, began)


def from_store(trial: Trial, wording: Wording) -> Fanout:
    """Fill its store while no SMSC is there, start it anew, and measure from its first to its last.

    What it costs to read the store is in its CPU, and not in the time.
    """
    absent = _kannel(trial, free_port())
    try:
        absent.start_both()
        asyncio.run(_fed(absent, trial, wording))
        absent.wait_until(f"store size {trial.people}\n")
    finally:
        absent.stop()
    kannel = _kannel(trial, trial.sinks["sms"].port)
    try:
        kannel.start("bearerbox")
        with trial.gauge(kannel.pids) as gauge:
            _wait_for_all(trial)
    finally:
        kannel.stop()
    return _measured(trial, wording, gauge)


def _kannel(trial: Trial, port: int) -> Kannel:
    return Kannel(trial.folder, port, trial.workers)


async def _fed(kannel: Kannel, trial: Trial, wording: Wording) -> None:
    """Have everybody's message accepted."""
    known = {
        "username": USERNAME,
        "password": PASSWORD,
        "from": wording.source,
        "text": wording.text,
        "charset": "UTF-8",
    }
    numbers = map(crowd.phone, range(trial.people))
    asked = sendsms.requests(kannel.send_port, known, numbers)
    await sendsms.send(kannel.send_port, asked, CONNECTIONS)


def _wait_for_all(trial: Trial) -> None:
    """Return when the sink has reached everybody."""
    sink = trial.sinks["sms"]
    asyncio.run(until(lambda: sink.report().people >= trial.people, trial.patience_seconds))


def _measured(trial: Trial, wording: Wording, gauge: Gauge, began: float | None = None) -> Fanout:
    """Tell what came of it, when nothing more can come."""
    sink = trial.sinks["sms"]
    assert Wording.of_latest(sink) == wording, "Kannel sent other words"
    report = sink.forget()
    seconds = report.last_at - (began or report.began_at)
    return Fanout(trial.people, seconds, {"sms": seconds}, gauge, {"sms": report}, crowd.SMS_ONLY)
