"""What was said is on the disk of its stream, once, or the speaker knows that it is not."""

from typing import ClassVar

import pytest

from common.events.envelope import Event
from common.messaging import Sent, publish, publish_all
from common.messaging.failures import NotPublished, StreamFull
from common.observability import rings
from common.subjects import ALERT_ACCEPTED, REPORT_ACCEPTED, Stream
from testkit.bus import NatsServer
from testkit.plugin import MakesBus, connected

pytestmark = pytest.mark.integration


class Beat(Event):
    event_type: ClassVar[str] = "kentongan.beat.v1"

    number: int
    where: str = ALERT_ACCEPTED
    padding: str = ""

    def subject(self) -> str:
        return self.where

    def identity(self) -> tuple[str, ...]:
        return (str(self.number),)


async def test_saying_a_thing_twice_says_it_once(make_bus: MakesBus) -> None:
    intake = make_bus("intake")
    await intake.start()
    first = await publish(intake, Beat(number=1))
    again = await publish(intake, Beat(number=1))
    assert (first.duplicate, again.duplicate) == (False, True)
    assert first.sequence == again.sequence


async def test_a_repair_is_stored_although_the_server_remembers_the_id(make_bus: MakesBus) -> None:
    intake = make_bus("intake")
    await intake.start()
    first = await publish(intake, Beat(number=1))
    repaired = await publish(intake, Beat(number=1), repair=1)
    assert not repaired.duplicate
    assert repaired.sequence == first.sequence + 1


async def test_correlation_and_trace_go_on_from_the_cause(make_bus: MakesBus) -> None:
    intake = make_bus("intake")
    await intake.start()
    cause = await publish(intake, Beat(number=1))
    effect = await publish(intake, Beat(number=2), cause=cause.envelope)
    assert effect.envelope.correlation_id == cause.envelope.id
    assert effect.envelope.trace_parent.split("-")[1] == cause.envelope.trace_parent.split("-")[1]
    assert effect.envelope.trace_parent != cause.envelope.trace_parent


async def test_a_subject_that_no_stream_hears_is_an_error(make_bus: MakesBus) -> None:
    operator = make_bus("operator")
    await operator.start()
    with pytest.raises(NotPublished, match=r"no stream hears|not acknowledged"):
        await publish(operator, Beat(number=1, where="intake.submit"))


async def test_a_full_stream_says_so_and_goes_on_when_it_may_hold_more(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    intake = make_bus("intake")
    await intake.start()
    async with connected(nats_server, "operator") as client:
        jetstream = client.jetstream()
        config = (await jetstream.stream_info(Stream.REPORTS)).config
        config.max_bytes = 4_096
        await jetstream.update_stream(config)
        beats = [
            Beat(number=number, where=REPORT_ACCEPTED, padding="x" * 1_000) for number in range(10)
        ]
        answers = await publish_all(intake, beats)
        assert any(isinstance(each, StreamFull) for each in answers)
        assert "stream_full" in rings.ringing()
        config.max_bytes = 1_048_576
        await jetstream.update_stream(config)
        assert (await publish(intake, Beat(number=99, where=REPORT_ACCEPTED))).sequence > 0
        assert "stream_full" not in rings.ringing()


async def test_a_bus_that_is_down_is_an_error_and_not_a_silence(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    intake = make_bus("intake")
    await intake.start()
    nats_server.kill()
    with pytest.raises(NotPublished):
        await publish(intake, Beat(number=1))
    nats_server.start()


async def test_what_was_acknowledged_survives_a_killed_server(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    intake = make_bus("intake")
    await intake.start()
    sent = await publish_all(intake, [Beat(number=number) for number in range(100)])
    assert all(isinstance(each, Sent) for each in sent)
    nats_server.kill()
    nats_server.start()
    async with connected(nats_server, "operator") as client:
        state = (await client.jetstream().stream_info(Stream.ALERTS)).state
    assert state.messages == 100


async def test_a_signed_alert_of_real_size_fits(make_bus: MakesBus) -> None:
    intake = make_bus("intake")
    await intake.start()
    assert (await publish(intake, Beat(number=1, padding="x" * 2_000_000))).sequence == 1


async def test_someone_elses_subject_is_refused_and_rings(make_bus: MakesBus) -> None:
    audit = make_bus("audit")
    await audit.start()
    with pytest.raises(NotPublished):
        await publish(audit, Beat(number=1))
    assert "permission_violation" in rings.ringing()
