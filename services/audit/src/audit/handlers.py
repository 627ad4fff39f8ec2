"""What audit does with what it hears, and how it answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from audit.entry import Entry
from audit.evidence import Evidence
from audit.hearing import Heard, entry_of
from audit.metrics import APPEND_SECONDS, ENTRIES, FINDINGS, HEARD
from audit.ports import Ledger, Trail
from audit.timeline import Tale
from audit.verify import verify
from common.clock import Clock
from common.messaging import Delivery
from common.observability import rings
from common.problems import Problem, Refusal
from common.questions.audit import (
    Counts,
    CountsQuestion,
    Timeline,
    TimelineQuestion,
    Verified,
    VerifyQuestion,
)

SLICE = 20
VERIFY_SECONDS = 50.0
Headers = Mapping[str, str]
Recording = Callable[[Sequence[Delivery[bytes]]], Awaitable[None]]
Telling = Callable[[TimelineQuestion, Headers], Awaitable[Timeline]]
Counting = Callable[[CountsQuestion, Headers], Awaitable[Counts]]
Verifying = Callable[[VerifyQuestion, Headers], Awaitable[Verified]]


def recording(ledger: Ledger, clock: Clock) -> Recording:
    """Return the handler that records a batch; it returns when the batch is on the disk."""

    async def record(deliveries: Sequence[Delivery[bytes]]) -> None:
        heard = await _entries(deliveries, clock)
        with APPEND_SECONDS.time():
            appended = await ledger.append(heard)
        of_stream = deliveries[0].stream
        HEARD.labels(of_stream, "recorded").inc(appended.recorded - appended.conflicts)
        HEARD.labels(of_stream, "repeated").inc(appended.repeated)
        HEARD.labels(of_stream, "conflict").inc(appended.conflicts)
        ENTRIES.set(appended.size)

    return record


def telling(ledger: Ledger) -> Telling:
    """Return the answer to `audit.timeline`."""

    async def tell(question: TimelineQuestion, _: Headers) -> Timeline:
        return (await _tale(ledger, question.alert_id)).told()

    return tell


def counting(ledger: Ledger) -> Counting:
    """Return the answer to `audit.counts`."""

    async def count(question: CountsQuestion, _: Headers) -> Counts:
        return (await _tale(ledger, question.alert_id)).told().counts

    return count


def verifying(trail: Trail, gather: Callable[[], Awaitable[Evidence]]) -> Verifying:
    """Return the answer to `audit.verify`, one at a time; a ledger that is damaged rings."""
    one_at_a_time = asyncio.Lock()

    async def look(_: VerifyQuestion, __: Headers) -> Verified:
        try:
            async with asyncio.timeout(VERIFY_SECONDS), one_at_a_time:
                verified = await verify(trail, await gather())
        except TimeoutError as late:
            raise Refusal(TOO_LARGE) from late
        _note(verified)
        return verified

    return look


TOO_LARGE = Problem.of(
    503,
    "ledger-too-large-for-an-answer",
    f"verifying takes more than {VERIFY_SECONDS:g} s: run `kentongan audit verify --offline`",
)


def _note(verified: Verified) -> None:
    """Ring for a ledger that is not what was signed."""
    FINDINGS.set(len(verified.findings) + verified.unnamed)
    if verified.content:
        rings.quiet("ledger_damaged")
    else:
        rings.ring("ledger_damaged", finding=verified.findings[0].sentence)


async def _entries(deliveries: Sequence[Delivery[bytes]], clock: Clock) -> list[Entry]:
    """Make entries, in slices that leave the loop to others."""
    now, entries = clock.now(), []
    for number, delivery in enumerate(deliveries, start=1):
        entries.append(entry_of(_heard(delivery), now))
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return entries


def _heard(delivery: Delivery[bytes]) -> Heard:
    return Heard(
        subject=delivery.subject,
        headers=delivery.headers,
        body=delivery.body,
        stream=delivery.stream,
        sequence=delivery.sequence,
        stored_at=delivery.envelope.time,
    )


async def _tale(ledger: Ledger, alert_id: str) -> Tale:
    """Read an alert's entries, in slices that leave the loop to others."""
    tale = Tale(alert_id)
    async for run in ledger.of_alert(alert_id):
        for number, numbered in enumerate(run, start=1):
            tale.take(numbered)
            if number % SLICE == 0:
                await asyncio.sleep(0)
    return tale
