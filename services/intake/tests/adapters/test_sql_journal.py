"""The journal counts what waits, and forgets idempotency keys only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from common.cap.codes import Status
from intake.ports import Backlog
from testkit.builders import alert
from testkit.clock import NOON

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge


async def test_the_backlog_is_what_the_bus_does_not_have(edge: Edge) -> None:
    secret = await edge.key()
    assert await edge.journal.backlog() == Backlog(0, None, 0)
    await edge.post(alert(), secret)
    edge.clock.forward(timedelta(seconds=3))
    await edge.post(alert(identifier="wave-2"), secret)
    assert await edge.journal.backlog() == Backlog(2, NOON, 2)
    await edge.relay.once()
    assert await edge.journal.backlog() == Backlog(0, None, 2)


async def test_forgetting_takes_old_idempotency_keys_only(edge: Edge) -> None:
    secret = await edge.key()
    answer = await edge.post(alert(), secret, idempotency_key="wave")
    publisher, digest = f"key_{secret[4:12]}", "0" * 64
    await edge.journal.forget(NOON + timedelta(days=6))
    assert await edge.journal.remembered(publisher, "wave", digest, NOON) is not None
    await edge.journal.forget(NOON + timedelta(days=7))
    assert await edge.journal.remembered(publisher, "wave", digest, NOON) is None
    assert await edge.journal.find(answer.json()["alert_id"]) is not None


async def test_the_status_of_what_was_accepted_is_known(edge: Edge) -> None:
    answer = await edge.post(alert(status="Exercise"), await edge.key())
    wave = answer.json()["alert_id"]
    assert await edge.journal.statuses([wave, "0" * 32]) == {wave: Status.EXERCISE}
    assert await edge.journal.statuses([]) == {}
