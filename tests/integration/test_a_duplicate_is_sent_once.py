"""Whatever comes twice, over HTTP or on the bus, is sent once."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from common.cap import Alert
from common.events.envelope import Envelope
from common.subjects import ALERT_ACCEPTED, Priority, Service, Stream, released
from notification.batch import read_batch
from testkit.expectations import email, settled, sms
from testkit.plugin import connected
from testkit.scene import Scene, id_of
from testkit.score import at, during, play, within

pytestmark = pytest.mark.integration

LATEST = 40


async def test_a_submission_that_comes_again_gets_its_first_answer_and_is_sent_once(
    scene: Scene,
) -> None:
    anna = scene.hamlet.person("anna", "sms", "email")
    flood = scene.hamlet.flood_warning()
    await scene.move_in(anna)
    first = await scene.submit(flood)
    again = await scene.submit(flood)
    assert first.status_code == again.status_code == 202
    assert again.content == first.content
    await play(
        scene, within(20).expect(settled(flood)), during(1.5).expect_still(sms(to=anna).once())
    )
    assert len(email(to=anna).found(scene)) == 1


async def test_an_idempotency_key_makes_an_attempt_count_once(scene: Scene) -> None:
    anna = scene.hamlet.person("anna", "sms")
    flood = scene.hamlet.flood_warning()
    await scene.move_in(anna)
    first = await scene.submit(flood, idempotency_key="attempt-1")
    again = await scene.submit(flood, idempotency_key="attempt-1")
    other = await scene.submit(flood, idempotency_key="attempt-2")
    assert first.status_code == again.status_code == other.status_code == 202
    assert again.content == first.content
    await play(
        scene, within(20).expect(settled(flood)), during(1.5).expect_still(sms(to=anna).once())
    )


@pytest.mark.parametrize("speaker", [Service.INTAKE, Service.TRIAGE, Service.NOTIFICATION])
async def test_an_event_that_is_said_again_under_another_message_id_is_sent_once(
    scene: Scene, speaker: Service
) -> None:
    anna = scene.hamlet.person("anna", "sms", "email")
    flood = scene.hamlet.flood_warning()
    await play(
        scene,
        at(0).move_in(anna),
        at(0).publish(flood),
        within(20).expect(settled(flood).on("sms", delivered=1).on("email", accepted=1)),
    )
    said = await said_by(speaker, scene, flood)
    assert said
    async with connected(scene.world.server, speaker) as client:
        for each in said:
            repeated = {**each.headers, "Nats-Msg-Id": f"{each.headers['Nats-Msg-Id']}~again"}
            ack = await client.jetstream().publish(each.subject, each.body, headers=repeated)
            assert not ack.duplicate
    await play(
        scene,
        within(5).expect(settled(flood).on("sms", delivered=1).on("email", accepted=1)),
        during(1.5).expect_still(sms(to=anna).once(), email(to=anna).once()),
    )
    counts = await scene.counts(flood)
    assert all(each.again == 0 for each in counts.channels.values())


class Said(NamedTuple):
    """An event as it was said on the bus."""

    subject: str
    headers: Mapping[str, str]
    body: bytes


async def said_by(speaker: Service, scene: Scene, alert: Alert) -> Sequence[Said]:
    """Return what a service said about an alert that makes others work."""
    if speaker is Service.NOTIFICATION:
        return batches_of(scene, alert)
    subject = ALERT_ACCEPTED if speaker is Service.INTAKE else released(Priority.IMMEDIATE)
    jetstream = (await scene.bus()).jetstream
    last = (await jetstream.stream_info(Stream.ALERTS)).state.last_seq
    kept = [
        await jetstream.get_msg(Stream.ALERTS, sequence)
        for sequence in range(max(1, last - LATEST), last + 1)
    ]
    return [
        Said(subject, each.headers, each.data or b"")
        for each in kept
        if each.subject == subject
        and each.headers
        and each.headers["ce-correlationid"] == id_of(alert)
    ]


def batches_of(scene: Scene, alert: Alert) -> Sequence[Said]:
    """Return the batches of an alert; the work queue keeps none, but their speaker does."""
    with closing(sqlite3.connect(scene.store("notification", "delivery"))) as store:
        rows = store.execute("SELECT body FROM batches WHERE alert_id = ?", (id_of(alert),))
        batches = [read_batch(body) for (body,) in rows]
    return [
        Said(
            batch.subject(),
            Envelope(
                id=batch.event_id(),
                type=batch.event_type,
                source="/kentongan/notification",
                time=datetime.now(UTC),
                correlation_id=id_of(alert),
            ).headers(),
            batch.body(),
        )
        for batch in batches
    ]
