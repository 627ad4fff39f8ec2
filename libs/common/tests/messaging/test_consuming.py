"""Nothing that was said is lost between a message and what a handler makes of it."""

import asyncio
import base64
import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
import structlog
from nats.js import JetStreamContext

from common.events.dead import DeadLetter
from common.events.envelope import Envelope, Event
from common.messaging import Delivery, consume, consume_batches, publish
from common.messaging.failures import LostRace, PermanentFailure, TemporaryFailure
from common.messaging.topology import TRIAGE_ACCEPTED, Consumer, auditing
from common.messaging.wanted import consumer_config
from common.subjects import ALERT_ACCEPTED, Stream
from testkit.bus import NatsServer
from testkit.plugin import MakesBus, connected
from testkit.waiting import until

pytestmark = pytest.mark.integration

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CAUSE = Envelope(
    id="accepted",
    type="kentongan.alert.accepted.v1",
    source="/kentongan/intake",
    time=datetime(2026, 3, 1, tzinfo=UTC),
    correlation_id="of-the-alert",
    trace_parent=f"00-{TRACE}-00f067aa0ba902b7-01",
)


class Beat(Event):
    event_type: ClassVar[str] = "kentongan.beat.v1"

    number: int

    def subject(self) -> str:
        return ALERT_ACCEPTED

    def identity(self) -> tuple[str, ...]:
        return (str(self.number),)


async def unacked(server: NatsServer, consumer: Consumer) -> tuple[int, int]:
    async with connected(server, "operator") as client:
        info = await client.jetstream().consumer_info(consumer.stream, consumer.name)
        return info.num_pending, info.num_ack_pending


async def test_a_handler_that_returns_acks(make_bus: MakesBus, nats_server: NatsServer) -> None:
    heard: list[Delivery[Beat]] = []

    async def handler(delivery: Delivery[Beat]) -> None:
        heard.append(delivery)

    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, Beat, handler)
    await triage.start()
    await intake.start()
    sent = await publish(intake, Beat(number=7))
    await until(lambda: heard)
    await asyncio.sleep(0.1)
    assert heard[0].event == Beat(number=7)
    assert heard[0].sequence == sent.sequence
    assert heard[0].envelope.source == "/kentongan/intake"
    assert await unacked(nats_server, TRIAGE_ACCEPTED) == (0, 0)


async def test_a_temporary_failure_comes_again_after_its_delay(make_bus: MakesBus) -> None:
    at: list[float] = []

    async def handler(_: Delivery[Beat]) -> None:
        at.append(asyncio.get_running_loop().time())
        if len(at) < 3:
            raise TemporaryFailure("not yet", retry_after=0.3)

    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, Beat, handler)
    await triage.start()
    await intake.start()
    await publish(intake, Beat(number=1))
    await until(lambda: len(at) == 3)
    assert all(after - before >= 0.3 for before, after in itertools.pairwise(at))


async def dead_letters(server: NatsServer) -> list[DeadLetter]:
    async with connected(server, "operator") as client:
        jetstream = client.jetstream()
        count = (await jetstream.stream_info(Stream.DEAD)).state.messages
        raw = [await jetstream.get_msg(Stream.DEAD, seq) for seq in range(1, count + 1)]
        return [DeadLetter.model_validate_json(each.data) for each in raw]


async def test_a_permanent_failure_is_buried_with_its_reason(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    seen: list[int] = []

    async def handler(delivery: Delivery[Beat]) -> None:
        seen.append(delivery.event.number)
        raise PermanentFailure("the drum is torn")

    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, Beat, handler)
    await triage.start()
    await intake.start()
    await publish(intake, Beat(number=1))
    await until(lambda: seen)
    await asyncio.sleep(0.5)
    (letter,) = await dead_letters(nats_server)
    assert letter.reason == "the drum is torn"
    assert json.loads(base64.b64decode(letter.body_base64)) == {"number": 1}
    assert seen == [1]


async def test_what_cannot_be_read_is_buried_and_the_next_is_heard(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    heard: list[int] = []

    async def handler(delivery: Delivery[Beat]) -> None:
        heard.append(delivery.event.number)

    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, Beat, handler)
    await triage.start()
    await intake.start()
    await intake.jetstream.publish(ALERT_ACCEPTED, b"\xff not json")
    await intake.jetstream.publish(
        ALERT_ACCEPTED,
        b'{"number": "many"}',
        headers={
            "ce-id": "1",
            "ce-type": "t",
            "ce-source": "s",
            "ce-time": datetime.now(UTC).isoformat(),
        },
    )
    await publish(intake, Beat(number=2))
    await until(lambda: heard)
    assert heard == [2]
    reasons = [letter.reason for letter in await dead_letters(nats_server)]
    assert reasons == ["the header ce-id is missing", "the body of t cannot be read at number"]


async def test_an_exception_that_nobody_named_loses_nothing(make_bus: MakesBus) -> None:
    tries: list[int] = []

    async def handler(delivery: Delivery[Beat]) -> None:
        tries.append(delivery.deliveries)
        if len(tries) == 1:
            raise ZeroDivisionError

    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, Beat, handler)
    await triage.start()
    await intake.start()
    await publish(intake, Beat(number=1))
    await until(lambda: len(tries) == 2)
    assert tries == [1, 2]


async def test_one_message_at_a_time_is_in_work(make_bus: MakesBus) -> None:
    at_work, most = 0, 0
    done: list[int] = []

    async def handler(delivery: Delivery[Beat]) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.02)
        at_work -= 1
        done.append(delivery.event.number)

    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, Beat, handler)
    await triage.start()
    await intake.start()
    for number in range(10):
        await publish(intake, Beat(number=number))
    await until(lambda: len(done) == 10)
    assert most == 1
    assert done == list(range(10))


async def test_a_handler_longer_than_the_ack_wait_keeps_its_message(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    quick = Consumer("quick", Stream.ALERTS, ("alert.accepted",), TRIAGE_ACCEPTED.service, 0.6)
    async with connected(nats_server, "operator") as client:
        await client.jetstream().add_consumer("ALERTS", consumer_config(quick))
    started: list[int] = []

    async def handler(delivery: Delivery[Beat]) -> None:
        started.append(delivery.deliveries)
        await asyncio.sleep(2)

    operator, intake = make_bus("operator"), make_bus("intake")
    consume(operator, quick, Beat, handler)
    await operator.start()
    await intake.start()
    await publish(intake, Beat(number=1))
    await until(lambda: started)
    await asyncio.sleep(1.5)
    assert started == [1]


async def test_who_loses_the_race_leaves_the_message_to_the_winner(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    quick = Consumer("quick", Stream.ALERTS, ("alert.accepted",), TRIAGE_ACCEPTED.service, 0.6)
    async with connected(nats_server, "operator") as client:
        await client.jetstream().add_consumer("ALERTS", consumer_config(quick))
    tries: list[int] = []

    async def handler(delivery: Delivery[Beat]) -> None:
        tries.append(delivery.deliveries)
        if len(tries) == 1:
            raise LostRace("somebody else has it")

    operator, intake = make_bus("operator"), make_bus("intake")
    consume(operator, quick, Beat, handler)
    await operator.start()
    await intake.start()
    await publish(intake, Beat(number=1))
    await until(lambda: tries)
    await asyncio.sleep(0.3)
    assert await unacked(nats_server, quick) == (0, 1)
    await until(lambda: len(tries) == 2)
    await asyncio.sleep(0.2)
    assert await unacked(nats_server, quick) == (0, 0)


async def test_a_batch_is_acked_whole_after_its_handler(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    batches: list[list[bytes]] = []

    async def handler(deliveries: object) -> None:
        batches.append([each.body for each in deliveries])  # type: ignore[attr-defined]
        if len(batches) == 1:
            raise TemporaryFailure("not yet", retry_after=0.1)

    audit, intake = make_bus("audit"), make_bus("intake")
    await intake.start()
    for number in range(20):
        await publish(intake, Beat(number=number))
    consume_batches(audit, auditing(Stream.ALERTS), handler)
    await audit.start()
    await until(lambda: sum(map(len, batches[1:])) >= 20)
    await asyncio.sleep(0.2)
    assert {body for batch in batches[1:] for body in batch} == {
        Beat(number=number).body() for number in range(20)
    }
    assert await unacked(nats_server, auditing(Stream.ALERTS)) == (0, 0)


async def test_a_drained_bus_does_not_cut_a_handler(make_bus: MakesBus) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def handler(_: Delivery[Beat]) -> None:
        started.set()
        await asyncio.sleep(0.8)
        ended.set()

    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, Beat, handler)
    await triage.start()
    await intake.start()
    await publish(intake, Beat(number=1))
    await started.wait()
    await triage.stop()
    assert ended.is_set()


async def test_a_plain_timeout_of_the_client_drops_no_batch(
    make_bus: MakesBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = JetStreamContext.PullSubscription.fetch
    brought: list[int] = []

    async def fetch_once(self: Any, batch: int, timeout: float | None) -> Any:  # noqa: ASYNC109
        if brought:
            await asyncio.sleep(0.05)
            raise TimeoutError
        messages = await fetch(self, batch, timeout)
        brought.append(len(messages))
        return messages

    heard: list[Delivery[bytes]] = []

    async def handler(deliveries: Sequence[Delivery[bytes]]) -> None:
        heard.extend(deliveries)

    monkeypatch.setattr(JetStreamContext.PullSubscription, "fetch", fetch_once)
    audit, intake = make_bus("audit"), make_bus("intake")
    consume_batches(audit, auditing(Stream.ALERTS), handler)
    await audit.start()
    await intake.start()
    await publish(intake, Beat(number=1))
    await until(lambda: heard, within=3.0)
    assert len(heard) == 1


async def test_a_log_line_of_a_handler_says_which_alert_it_is_about(make_bus: MakesBus) -> None:
    bound: list[dict[str, Any]] = []

    async def handler(_: Delivery[Beat]) -> None:
        bound.append(structlog.contextvars.get_contextvars())

    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, Beat, handler)
    await triage.start()
    await intake.start()
    await publish(intake, Beat(number=1), cause=CAUSE)
    await until(lambda: bound)
    assert bound[0]["correlation_id"] == "of-the-alert"
    assert bound[0]["trace_parent"].split("-")[1] == TRACE
