"""One alert has one answer: repeats get the first again, other bodies are refused."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from common.cap import MsgType, alert_id, write_xml
from common.cap.writing_json import write_json
from common.events.intake import AlertAccepted
from testkit.builders import SENDER, alert, follow_up
from testkit.clock import NOON

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge


async def test_an_accepted_alert_is_in_the_journal_as_it_came(edge: Edge) -> None:
    content = write_xml(alert())
    answer = await edge.post(content, await edge.key())
    kept = await edge.journal.find(answer.json()["alert_id"])
    assert answer.status_code == 202
    assert kept is not None
    assert (kept.content, kept.content_type) == (content, "application/cap+xml")


async def test_the_event_says_who_published_what(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret)
    (saying,) = await edge.progress.unsaid(NOON, 10)
    event = AlertAccepted.model_validate_json(saying.event)
    assert event.publisher == f"key_{secret[4:12]}"
    assert event.alert == alert()
    assert saying.event_id == event.event_id()


async def test_json_is_the_same_alert(edge: Edge) -> None:
    secret = await edge.key()
    answer = await edge.post(write_json(alert()), secret, "application/json")
    assert answer.json()["alert_id"] == alert_id(alert().key)


async def test_a_repeat_gets_the_first_answer_byte_for_byte(edge: Edge) -> None:
    secret = await edge.key()
    first = await edge.post(alert(), secret, idempotency_key="wave")
    edge.clock.forward(timedelta(days=6))
    again = await edge.post(alert(), secret, idempotency_key="wave")
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["location"] == first.headers["location"]


async def test_concurrent_repeats_get_one_answer_and_one_row(edge: Edge) -> None:
    secret = await edge.key(quota_per_minute=100)
    posts = (edge.post(alert(), secret, idempotency_key="wave") for _ in range(40))
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len(await edge.progress.unsaid(NOON, 100)) == 1


async def test_concurrent_repeats_without_a_key_get_one_answer_too(edge: Edge) -> None:
    secret = await edge.key(quota_per_minute=100)
    answers = await asyncio.gather(*(edge.post(alert(), secret) for _ in range(20)))
    assert len({answer.content for answer in answers}) == 1


async def test_another_body_under_the_same_key_is_refused(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret, idempotency_key="wave")
    answer = await edge.post(alert(identifier="wave-2"), secret, idempotency_key="wave")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("idempotency-key-reused")


async def test_of_two_bodies_at_once_under_one_key_one_is_refused(edge: Edge) -> None:
    secret = await edge.key()
    answers = await asyncio.gather(
        edge.post(alert(), secret, idempotency_key="wave"),
        edge.post(alert(identifier="wave-2"), secret, idempotency_key="wave"),
    )
    assert sorted(answer.status_code for answer in answers) == [202, 422]


async def test_an_idempotency_key_belongs_to_its_publisher(edge: Edge) -> None:
    one, other = await edge.key(), await edge.key()
    await edge.post(alert(), one, idempotency_key="wave")
    answer = await edge.post(alert(identifier="wave-2"), other, idempotency_key="wave")
    assert answer.status_code == 202


async def test_an_idempotency_key_is_forgotten_after_seven_days(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret, idempotency_key="wave")
    edge.clock.forward(timedelta(days=7))
    answer = await edge.post(alert(identifier="wave-2"), secret, idempotency_key="wave")
    assert answer.status_code == 202


async def test_a_refused_body_does_not_use_up_its_idempotency_key(edge: Edge) -> None:
    secret = await edge.key()
    refused = await edge.post(b"<alert/>", secret, idempotency_key="wave")
    answer = await edge.post(alert(), secret, idempotency_key="wave")
    assert (refused.status_code, answer.status_code) == (422, 202)


async def test_a_conflict_does_not_use_up_its_idempotency_key(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret)
    refused = await edge.post(alert(note="changed"), secret, idempotency_key="wave")
    answer = await edge.post(alert(identifier="wave-2"), secret, idempotency_key="wave")
    assert (refused.status_code, answer.status_code) == (409, 202)


async def test_the_same_alert_with_another_body_is_a_conflict(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret)
    answer = await edge.post(alert(note="changed"), secret)
    assert (answer.status_code, answer.json()["status"]) == (409, 409)


async def test_the_same_body_under_another_idempotency_key_is_the_first_acceptance(
    edge: Edge,
) -> None:
    secret = await edge.key()
    first = await edge.post(alert(), secret, idempotency_key="wave")
    edge.clock.forward(timedelta(seconds=5))
    again = await edge.post(alert(), secret, idempotency_key="other")
    repeat = await edge.post(alert(), secret, idempotency_key="other")
    assert first.content == again.content == repeat.content


async def test_a_repeat_is_answered_although_the_key_lost_nothing_but_time(edge: Edge) -> None:
    secret = await edge.key()
    first = await edge.post(alert(), secret, idempotency_key="wave")
    edge.clock.forward(timedelta(hours=5))
    again = await edge.post(alert(), secret, idempotency_key="wave")
    assert again.content == first.content
    assert json.loads(again.content)["concerns"] == []


async def test_an_alert_from_the_future_is_accepted_with_a_concern(edge: Edge) -> None:
    ahead = alert(sent=NOON + timedelta(minutes=6))
    answer = await edge.post(ahead, await edge.key())
    assert answer.status_code == 202
    assert len(answer.json()["concerns"]) == 1


async def test_references_that_match_nothing_are_flagged(edge: Edge) -> None:
    secret = await edge.key()
    unknown = alert(identifier="never-sent")
    answer = await edge.post(follow_up("Cancel", unknown), secret)
    assert answer.status_code == 202
    assert "references-unmatched" in answer.json()["flags"][0]


async def test_references_that_match_are_not_flagged(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret)
    answer = await edge.post(follow_up("Update", alert()), secret)
    assert answer.json()["flags"] == []


async def test_a_strangers_key_cannot_cancel(edge: Edge) -> None:
    await edge.post(alert(), await edge.key())
    stranger = await edge.key(senders=("stranger@hills.example",))
    cancel = follow_up("Cancel", alert(), sender="stranger@hills.example")
    answer = await edge.post(cancel, stranger)
    assert answer.status_code == 403
    assert answer.json()["breaches"][0]["field"] == "references"


async def test_whoever_may_only_exercise_cannot_cancel_an_actual_alert(edge: Edge) -> None:
    await edge.post(alert(), await edge.key())
    drills = await edge.key(may=("exercise",))
    cancel = follow_up("Cancel", alert(), status="Exercise")
    answer = await edge.post(cancel, drills)
    assert answer.status_code == 403
    assert cancel.msg_type is MsgType.CANCEL


async def test_a_key_that_demands_a_signature_refuses_what_has_none(edge: Edge) -> None:
    secret = await edge.key(demands_signature=True)
    for answer in (
        await edge.post(alert(), secret),
        await edge.post(write_json(alert()), secret, "application/json"),
    ):
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("signature-demanded")


async def test_a_real_signed_alert_of_any_size_is_read_off_the_loop(edge: Edge) -> None:
    long = alert(note="x" * 200_000)
    assert (await edge.post(long, await edge.key())).status_code == 202
    assert long.sender == SENDER
