"""A refusal says what was wrong in the form of RFC 9457."""

import json

from common.problems import Breach, Problem, Refusal

QUOTA = Problem.of(429, "quota-spent", "This key may publish 2 alerts a minute.")


def test_a_problem_says_only_what_it_knows() -> None:
    assert json.loads(QUOTA.body()) == {
        "type": "urn:kentongan:problem:quota-spent",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "This key may publish 2 alerts a minute.",
    }


def test_a_problem_names_field_and_rule() -> None:
    problem = Problem.of(422, "not-cap", "No.", Breach(field="sent", rule="naive-time"))
    assert json.loads(problem.body())["breaches"] == [{"field": "sent", "rule": "naive-time"}]


def test_a_wait_is_rounded_up_to_whole_seconds() -> None:
    assert QUOTA.after(1.2).headers()["retry-after"] == "2"
    assert QUOTA.after(0).headers()["retry-after"] == "1"


def test_a_problem_without_a_wait_has_no_such_header() -> None:
    assert QUOTA.headers() == {"content-type": "application/problem+json"}


def test_a_problem_survives_the_wire() -> None:
    problem = QUOTA.after(3).at("/v1/alerts")
    assert Problem.model_validate_json(problem.body()) == problem


def test_a_refusal_carries_its_problem_and_speaks_its_detail() -> None:
    refusal = Refusal(QUOTA)
    assert refusal.problem.reason == "quota-spent"
    assert str(refusal) == "This key may publish 2 alerts a minute."
