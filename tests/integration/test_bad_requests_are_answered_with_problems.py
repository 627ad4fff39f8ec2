"""Every kind of bad request is answered with a problem document that a person understands."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx
import pytest

from common.cap import write_json, write_xml
from common.problems import PROBLEM_JSON, PROBLEM_TYPE, Problem
from testkit.scene import CAP_XML, Scene, bearer

pytestmark = pytest.mark.integration

Asking = Callable[[Scene], Awaitable[httpx.Response]]


@dataclass(frozen=True, slots=True)
class Bad:
    """A bad request, and what its answer must name."""

    request: Asking
    status: int
    reason: str
    field: str = ""
    rule: str = ""


def sent(change: Callable[[bytes], bytes] = lambda body: body, **headers: str) -> Asking:
    """Return a submission of a flood warning in XML that was changed, with other headers."""

    async def send(scene: Scene) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        usual = {"content-type": CAP_XML, **bearer(scene.publisher)}
        body = change(write_xml(scene.hamlet.flood_warning()))
        return await scene.http.post("/v1/alerts", content=body, headers={**usual, **named})

    return send


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    """Return a change that must find something to change."""

    def change(body: bytes) -> bytes:
        changed = body.replace(old.encode(), new.encode())
        assert changed != body
        return changed

    return change


async def json_with_a_wrong_type(scene: Scene) -> httpx.Response:
    body = write_json(scene.hamlet.flood_warning()).replace(b'"Flood"', b"5")
    headers = {"content-type": "application/json", **bearer(scene.publisher)}
    return await scene.http.post("/v1/alerts", content=body, headers=headers)


async def without_a_key(scene: Scene) -> httpx.Response:
    body = write_xml(scene.hamlet.flood_warning())
    return await scene.http.post("/v1/alerts", content=body, headers={"content-type": CAP_XML})


async def as_another_sender(scene: Scene) -> httpx.Response:
    return await scene.submit(scene.hamlet.flood_warning(sender="office@elsewhere.example"))


async def over_its_quota(scene: Scene) -> httpx.Response:
    key = (await scene.key("hasty", "publish", quota_per_minute=2)).secret
    answers = [await scene.submit(scene.hamlet.market_notice(), key) for _ in range(3)]
    assert [answer.status_code for answer in answers[:2]] == [202, 202]
    assert int(answers[-1].headers["retry-after"]) >= 1
    return answers[-1]


async def an_idempotency_key_for_another_body(scene: Scene) -> httpx.Response:
    await scene.publish(scene.hamlet.market_notice(), idempotency_key="attempt-7")
    return await scene.submit(scene.hamlet.market_notice(), idempotency_key="attempt-7")


async def the_same_alert_with_another_body(scene: Scene) -> httpx.Response:
    notice = scene.hamlet.market_notice()
    await scene.publish(notice)
    return await scene.submit(notice.model_copy(update={"note": "on second thoughts"}))


async def an_unknown_alert(scene: Scene) -> httpx.Response:
    return await scene.http.get(f"/v1/alerts/{'0' * 32}", headers=bearer(scene.publisher))


async def another_method(scene: Scene) -> httpx.Response:
    answer = await scene.http.delete("/v1/alerts", headers=bearer(scene.publisher))
    assert "POST" in answer.headers["allow"]
    return answer


def big(body: bytes) -> bytes:
    return body.replace(b"</alert>", b" " * 1_000_001 + b"</alert>")


KNOWN_KEY = "ktg_00000000_" + "A" * 43
BAD: Mapping[str, Bad] = {
    "malformed XML": Bad(sent(replaced("</alert>", "")), 400, "not-cap", "alert", "xml"),
    "an empty body": Bad(sent(lambda _: b""), 400, "empty-body", "body", "required"),
    "a DOCTYPE": Bad(
        sent(replaced("<alert", "<!DOCTYPE alert><alert")), 400, "not-cap", "alert", "doctype"
    ),
    "CAP 1.1": Bad(
        sent(replaced("emergency:cap:1.2", "emergency:cap:1.1")),
        422, "not-cap", "alert", "namespace",
    ),
    "a naive time": Bad(
        sent(replaced("+00:00</sent>", "</sent>")), 422, "not-cap", "alert/sent", "time-form"
    ),
    "JSON with a wrong type": Bad(
        json_with_a_wrong_type, 422, "not-cap", "alert/info[1]/event", "value"
    ),
    "another content type": Bad(
        sent(content_type="text/plain"), 415, "media-type", "header Content-Type", "media-type"
    ),
    "a compressed body": Bad(
        sent(content_encoding="gzip"),
        415, "content-coding", "header Content-Encoding", "identity",
    ),
    "a body too large": Bad(sent(big), 413, "body-too-large", "body", "size-limit"),
    "no key": Bad(without_a_key, 401, "no-key", "header Authorization", "required"),
    "a wrong key": Bad(
        sent(authorization=f"Bearer {KNOWN_KEY}"),
        401, "unknown-key", "header Authorization", "known-key",
    ),
    "something that is no key": Bad(
        sent(authorization="Basic Zm9vOmJhcg=="),
        401, "unknown-key", "header Authorization", "known-key",
    ),
    "another's sender": Bad(as_another_sender, 403, "not-your-sender", "sender", "own-sender"),
    "a spent quota": Bad(
        over_its_quota, 429, "quota-spent", "header Authorization", "quota-per-minute"
    ),
    "an Idempotency-Key that is not one": Bad(
        sent(idempotency_key="with blanks"),
        400, "idempotency-key-form", "header Idempotency-Key", "visible-ascii",
    ),
    "an Idempotency-Key for another body": Bad(
        an_idempotency_key_for_another_body,
        422, "idempotency-key-reused", "header Idempotency-Key", "one-body-per-key",
    ),
    "the same alert with another body": Bad(
        the_same_alert_with_another_body,
        409, "alert-differs", "sender, identifier, sent", "one-body-per-alert",
    ),
    "an unknown alert": Bad(an_unknown_alert, 404, "not-found"),
    "another method": Bad(another_method, 405, "method-not-allowed"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_bad_request_is_answered_with_a_problem_that_names_field_and_rule(
    scene: Scene, bad: Bad
) -> None:
    answer = await bad.request(scene)
    assert answer.headers["content-type"] == PROBLEM_JSON
    problem = Problem.model_validate_json(answer.content)
    assert (answer.status_code, problem.status) == (bad.status, bad.status)
    assert problem.type == f"{PROBLEM_TYPE}{bad.reason}"
    assert problem.title
    assert problem.detail.endswith(".")
    assert problem.instance == answer.request.url.path
    if bad.field:
        assert [(each.field, each.rule) for each in problem.breaches] == [(bad.field, bad.rule)]


async def test_a_key_that_is_asked_for_is_asked_for_by_name(scene: Scene) -> None:
    answer = await without_a_key(scene)
    assert answer.headers["www-authenticate"].startswith("Bearer")
