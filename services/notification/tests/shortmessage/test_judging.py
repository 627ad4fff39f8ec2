import json
from typing import Any

import pytest

from notification.ports import Accepted, Answer, PutOff, Refused, Unsure
from notification.reason import Reason
from notification.shortmessage.judging import NOTHING, Pauses, Rules, as_text, found
from notification.web.answered import Answered

PAUSES = Pauses(busy_seconds=2.0, failed_seconds=15.0)
RULES = Rules(
    accepted_statuses=frozenset({200}),
    accepted_path="result.code",
    accepted_values=frozenset({"0", "queued"}),
    message_id_path="messages.0.id",
    error_path="error",
    error_reasons={
        "17": Reason.ADDRESS_UNKNOWN,
        "slow": Reason.PROVIDER_BUSY,
        "broken": Reason.PROVIDER_FAILED,
    },
    status_reasons={402: Reason.CREDENTIALS_REFUSED},
)
PLAIN = Rules(frozenset({200}), "", frozenset(), "", "", {}, {})
TAKEN = {"result": {"code": 0}, "messages": [{"id": 4711}]}


def judged(body: Any, status: int = 200, rules: Rules = RULES) -> Answer:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    return rules.judge(Answered(status, {}, octets), "alert-1/r0", PAUSES)


def test_what_is_accepted_has_the_id_that_the_company_gives() -> None:
    assert judged(TAKEN) == Accepted("4711")
    assert judged(TAKEN | {"result": {"code": "queued"}}) == Accepted("4711")


def test_without_further_rules_a_good_status_is_enough() -> None:
    assert judged(b"OK", rules=PLAIN) == Accepted("alert-1/r0")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"\xff",
        b"[" * 10_000,
        {"messages": [{"id": "m"}]},
        {"result": {"code": 0}},
        {"result": {"code": 0}, "messages": []},
        {"result": {"code": 0}, "messages": [{"id": {"of": "it"}}]},
    ],
)
def test_a_good_status_without_the_words_is_possibly_sent(body: Any) -> None:
    assert judged(body) == Unsure(Reason.NOT_UNDERSTOOD)


def test_a_value_that_does_not_mean_accepted_is_a_refusal() -> None:
    assert judged(TAKEN | {"result": {"code": 1}}) == Refused(Reason.REFUSED_BY_PROVIDER)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_error_code_is_named_whatever_the_status(status: int) -> None:
    assert judged({"error": 17}, status) == Refused(Reason.ADDRESS_UNKNOWN)
    assert judged({"error": "slow"}, status) == PutOff(Reason.PROVIDER_BUSY, 2.0)
    assert judged({"error": "broken"}, status) == PutOff(Reason.PROVIDER_FAILED, 15.0)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, Refused(Reason.REQUEST_MALFORMED)),
        (401, Refused(Reason.CREDENTIALS_REFUSED)),
        (402, Refused(Reason.CREDENTIALS_REFUSED)),
        (413, Refused(Reason.TEXT_TOO_LONG)),
        (418, Refused(Reason.NOT_UNDERSTOOD)),
        (302, Refused(Reason.NOT_UNDERSTOOD)),
        (204, Refused(Reason.NOT_UNDERSTOOD)),
        (408, PutOff(Reason.PROVIDER_FAILED, 15.0)),
        (429, PutOff(Reason.PROVIDER_BUSY, 2.0)),
        (500, PutOff(Reason.PROVIDER_FAILED, 15.0)),
        (503, PutOff(Reason.PROVIDER_BUSY, 2.0)),
        (504, Unsure(Reason.ANSWER_OVERDUE)),
    ],
)
def test_a_status_is_named_as_it_is_set_or_as_is_usual(status: int, answer: Answer) -> None:
    assert judged(b"", status) == answer


def test_a_path_leads_through_tables_and_lists_and_not_beside() -> None:
    document = {"a": [{"b": "c"}], "": 1}
    assert found(document, "a.0.b") == "c"
    for path in ("", "a.1", "a.-1", "a.b", "a.0.b.0", "x", "a..b"):
        assert found(document, path) is NOTHING


@pytest.mark.parametrize(("value", "written"), [(0, "0"), (True, "true"), (1.5, "1.5"), ("a", "a")])
def test_values_are_compared_as_json_writes_them(value: str | float, written: str) -> None:
    assert as_text(value) == written
