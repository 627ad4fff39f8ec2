"""Triage speaks on the bus as its own user, and asks notification alone."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from common import subjects
from common.events.triage import Audience
from common.messaging import answer
from common.problems import Problem, Refusal
from common.questions.notification import Reach, ReachQuestion
from testkit.builders import alert
from testkit.plugin import MakesBus, connected
from triage.adapters.bus import BusCounter, BusSpeaker

pytestmark = pytest.mark.integration
WHOM = Audience(by_area=True)


async def test_a_saying_goes_out_as_what_its_submission_caused(
    make_bus: MakesBus, nats_server: Any, desk: Any, submission: Any
) -> None:
    bus = make_bus("triage")
    await bus.start()
    await desk.admit(submission())
    (saying,) = desk.listener.sayings
    await BusSpeaker(bus).say(saying, repair=2)
    async with connected(nats_server, "operator") as client:
        stored = await client.jetstream().get_last_msg("ALERTS", saying.said_on)
    assert stored.data == saying.content
    assert stored.headers["ce-correlationid"] == saying.cause.correlation_id
    assert stored.headers["Nats-Msg-Id"] == f"{saying.id}~2"


async def test_people_are_counted_by_notification(make_bus: MakesBus) -> None:
    async def counting(question: ReachQuestion, _: Mapping[str, str]) -> Reach:
        return Reach(people=42 if question.audience == WHOM else 0)

    triage, notification = make_bus("triage"), make_bus("notification")
    answer(notification, subjects.NOTIFICATION_REACH, ReachQuestion, counting)
    await notification.start()
    await triage.start()
    assert await BusCounter(triage, 2.0).reach(alert(), WHOM) == 42


async def test_nobody_counts_where_notification_is_away_or_slow_or_refuses(
    make_bus: MakesBus,
) -> None:
    async def hesitating(question: ReachQuestion, _: Mapping[str, str]) -> Reach:
        if question.audience.everyone:
            raise Refusal(Problem.of(503, "no-directory", "The directory is closed."))
        await asyncio.sleep(0.3)
        return Reach(people=1)

    triage, notification = make_bus("triage"), make_bus("notification")
    await triage.start()
    counter = BusCounter(triage, 0.1)
    assert await counter.reach(alert(), WHOM) is None
    answer(notification, subjects.NOTIFICATION_REACH, ReachQuestion, hesitating)
    await notification.start()
    assert await counter.reach(alert(), WHOM) is None
    assert await counter.reach(alert(), Audience(everyone=True)) is None
    await asyncio.sleep(0.3)
