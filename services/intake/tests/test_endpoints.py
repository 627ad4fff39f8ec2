"""The HTTP API answers people with what they asked for, or with a problem they understand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from common.cap import alert_id, write_xml
from common.observability import rings
from intake.journal import Ruling
from intake.ports import Ruled
from testkit.builders import alert
from testkit.clock import NOON

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge

PROBLEM = "application/problem+json"
XML = "application/cap+xml"
WAVE = alert_id(alert().key)
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
BOMB = b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><alert>&c;</alert>'

BAD_REQUESTS: dict[str, tuple[dict[str, Any], int]] = {
    "an empty body": ({"content": b""}, 400),
    "not XML": ({"content": b"flood!"}, 400),
    "half an element": ({"content": write_xml(alert())[:300]}, 400),
    "a document type": ({"content": BOMB}, 400),
    "CAP 1.1": ({"content": b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.1"/>'}, 422),
    "no namespace": ({"content": b"<alert/>"}, 422),
    "an unknown status": ({"content": write_xml(alert()).replace(b"Actual", b"Real")}, 422),
    "a naive time": (
        {"content": write_xml(alert()).replace(b"2026-03-01T12:00:00+00:00", b"2026-03-01T12:00")},
        422,
    ),
    "not JSON": ({"content": b"{", "content_type": "application/json"}, 400),
    "JSON that is no object": ({"content": b"[1]", "content_type": "application/json"}, 400),
    "JSON as deep as a well": ({"content": DEEP, "content_type": "application/json"}, 400),
    "JSON with nothing in it": ({"content": b"{}", "content_type": "application/json"}, 422),
    "bytes of no encoding": ({"content": b"\xff\xfe\xfa", "content_type": "application/json"}, 400),
    "a nul in a text": ({"content": write_xml(alert()).replace(b"Harbor", b"H\x00")}, 400),
    "a page": ({"content": b"<html/>", "content_type": "text/html"}, 415),
    "no media type": ({"content": b"<alert/>", "content_type": ""}, 415),
    "squeezed": ({"content": b"\x1f\x8b", "content_encoding": "gzip"}, 415),
    "too much": ({"content": b"<" + b"x" * 1_000_000}, 413),
    "a blank in the idempotency key": ({"content": b"<alert/>", "idempotency_key": "a b"}, 400),
    "an idempotency key without end": ({"content": b"<a/>", "idempotency_key": "k" * 256}, 400),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
async def test_a_bad_request_is_a_problem_with_field_and_rule(edge: Edge, name: str) -> None:
    request, status = BAD_REQUESTS[name]
    named = dict(request)
    answer = await edge.post(named.pop("content"), await edge.key(), **named)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert problem["status"] == status
    assert problem["detail"]
    assert all(breach["field"] and breach["rule"] for breach in problem["breaches"])


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("", "no-key"),
        ("Basic dTpw", "unknown-key"),
        ("Bearer x", "unknown-key"),
        (f"Bearer ktg_00000000_{'a' * 43}", "unknown-key"),
    ],
)
async def test_nobody_comes_in_without_a_key(edge: Edge, authorization: str, reason: str) -> None:
    headers = {"authorization": authorization} if authorization else {}
    answer = await edge.client.post("/v1/alerts", content=b"<alert/>", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"].endswith(reason)


async def test_a_revoked_key_ends_at_once(edge: Edge) -> None:
    secret = await edge.key()
    assert (await edge.post(alert(), secret)).status_code == 202
    await edge.key_desk.revoke(f"key_{secret[4:12]}")
    assert (await edge.post(alert(), secret)).status_code == 401


async def test_a_spent_quota_says_when_to_come_again(edge: Edge) -> None:
    secret = await edge.key(quota_per_minute=2)
    for _ in range(2):
        await edge.post(alert(), secret)
    answer = await edge.post(alert(), secret)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    edge.clock.forward(timedelta(seconds=30))
    assert (await edge.post(alert(), secret)).status_code == 202


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/alerts/", 404),
        ("GET", "/redoc", 404),
        ("DELETE", "/v1/alerts", 405),
        ("GET", "/v1/alerts", 405),
        ("PUT", f"/v1/alerts/{WAVE}", 405),
        ("GET", f"/v1/alerts/{WAVE}/approve", 405),
        ("POST", "/healthz", 405),
    ],
)
async def test_what_is_not_there_is_a_problem_too(
    edge: Edge, method: str, path: str, status: int
) -> None:
    answer = await edge.client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["instance"] == path
    assert status == 404 or answer.headers["allow"]


async def test_a_body_is_refused_while_it_streams(edge: Edge) -> None:
    secret = await edge.key()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100:
            sent += 1
            yield b"x" * 100_000

    headers = {"authorization": f"Bearer {secret}", "content-type": XML}
    answer = await edge.client.post("/v1/alerts", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert sent <= 12


async def test_a_mistake_of_ours_is_a_problem_without_its_details(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(*_: object) -> None:
        raise RuntimeError("+62 812 000 in a trace")

    monkeypatch.setattr(type(edge.journal), "find", break_down)
    answer = await edge.get(f"/v1/alerts/{WAVE}", await edge.key())
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "812" not in answer.text


async def test_an_alert_is_shown_with_how_far_it_came(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret)
    await edge.progress.mark_ruled(Ruled(WAVE, Ruling.RELEASED, "urgent", None), NOON)
    shown = (await edge.get(f"/v1/alerts/{WAVE}", secret)).json()
    assert shown["alert"]["msgType"] == "Alert"
    assert (shown["verdict"], shown["reason"]) == ("released", "urgent")
    assert "planned_at" not in shown


async def test_an_alert_is_given_back_as_it_came_where_that_is_wanted(edge: Edge) -> None:
    secret, content = await edge.key(), write_xml(alert())
    await edge.post(content, secret)
    answer = await edge.get(f"/v1/alerts/{WAVE}", secret, accept=XML)
    assert (answer.content, answer.headers["content-type"]) == (content, XML)


async def test_a_key_reads_only_its_own(edge: Edge) -> None:
    await edge.post(alert(), await edge.key())
    stranger = await edge.key(senders=("stranger@hills.example",))
    reader = await edge.key(senders=(), may=("read-all",))
    for path in (f"/v1/alerts/{WAVE}", f"/v1/alerts/{WAVE}/timeline"):
        assert (await edge.get(path, stranger)).status_code == 403
        assert (await edge.get(path, reader)).status_code == 200


async def test_an_alert_that_never_came_is_not_found(edge: Edge) -> None:
    answer = await edge.get(f"/v1/alerts/{'0' * 32}", await edge.key())
    assert answer.status_code == 404


async def test_a_timeline_without_the_bus_is_to_be_asked_for_again(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret)
    edge.bus.up = False
    answer = await edge.get(f"/v1/alerts/{WAVE}/timeline", secret)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Audit" in answer.json()["detail"]


async def test_a_second_person_approves_and_rejects(edge: Edge) -> None:
    await edge.post(alert(), await edge.key())
    second = await edge.key(senders=(), may=("approve",))
    headers = {"authorization": f"Bearer {second}"}
    approved = await edge.client.post(f"/v1/alerts/{WAVE}/approve", headers=headers)
    rejected = await edge.client.post(
        f"/v1/alerts/{WAVE}/reject", headers=headers, json={"why": "a drill went live"}
    )
    assert (approved.status_code, rejected.status_code) == (200, 200)
    approver = f"key_{second[4:12]}"
    assert edge.bus.decisions == [(WAVE, approver, ""), (WAVE, approver, "a drill went live")]


async def test_whoever_may_not_approve_does_not(edge: Edge) -> None:
    secret = await edge.key()
    await edge.post(alert(), secret)
    for verb in ("approve", "reject"):
        answer = await edge.client.post(
            f"/v1/alerts/{WAVE}/{verb}", headers={"authorization": f"Bearer {secret}"}
        )
        assert answer.status_code == 403
    assert edge.bus.decisions == []


@pytest.mark.parametrize("body", [b"", b"{}", b'{"why": ""}', b'{"why": "  "}', b"x" * 10_001])
async def test_a_rejection_says_why(edge: Edge, body: bytes) -> None:
    await edge.post(alert(), await edge.key())
    second = await edge.key(senders=(), may=("approve",))
    headers = {"authorization": f"Bearer {second}"}
    answer = await edge.client.post(f"/v1/alerts/{WAVE}/reject", headers=headers, content=body)
    assert answer.status_code in (413, 422)
    assert answer.headers["content-type"] == PROBLEM


async def test_intake_is_ready_without_the_bus_and_says_that_it_is_degraded(edge: Edge) -> None:
    edge.bus.up = False
    answer = await edge.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "failing": {},
        "degraded": {"bus": "away"},
        "ringing": [],
    }


async def test_what_rings_is_told_with_what_is_ready(edge: Edge) -> None:
    rings.ring("journal_backlog")
    try:
        assert (await edge.client.get("/readyz")).json()["ringing"] == ["journal_backlog"]
    finally:
        rings.quiet("journal_backlog")


async def test_intake_accepts_without_the_bus(edge: Edge) -> None:
    edge.bus.up = False
    assert (await edge.post(alert(), await edge.key())).status_code == 202


async def test_without_its_database_intake_says_when_to_come_again(edge: Edge) -> None:
    secret = await edge.key()
    edge.path.unlink()
    posted = await edge.post(alert(), secret)
    ready = await edge.client.get("/readyz")
    assert (posted.status_code, posted.headers["retry-after"]) == (503, "5")
    assert posted.json()["type"].endswith("journal-unavailable")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert (await edge.client.get("/healthz")).status_code == 200


async def test_a_thousand_alerts_add_no_series(edge: Edge) -> None:
    secret = await edge.key(quota_per_minute=100_000)
    await edge.post(alert(), secret)
    before = len((await edge.client.get("/metrics")).text.splitlines())
    posts = (edge.post(alert(identifier=f"wave-{number}"), secret) for number in range(2, 202))
    assert {answer.status_code for answer in await asyncio.gather(*posts)} == {202}
    assert len((await edge.client.get("/metrics")).text.splitlines()) == before


async def test_the_document_of_the_api_names_every_way_in(edge: Edge) -> None:
    document = (await edge.client.get("/openapi.json")).json()
    assert set(document["paths"]["/v1/alerts"]["post"]["requestBody"]["content"]) >= {XML}
    assert "/v1/alerts/{alert_id}/approve" in document["paths"]
