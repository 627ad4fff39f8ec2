"""Refusals are counted under reasons of a closed list."""

from prometheus_client import REGISTRY

from common.problems import Problem
from intake import refusals


def counted(reason: str) -> float:
    found = REGISTRY.get_sample_value("kentongan_intake_refused_total", {"reason": reason})
    return found or 0.0


def test_a_reason_of_somebody_else_is_counted_as_other() -> None:
    before = counted("other")
    refusals.count(Problem.of(403, "a-reason-of-triage", ""))
    refusals.count(Problem.of(403, "not-found", ""))
    assert counted("other") == before + 1


def test_what_was_asked_for_is_not_repeated_without_end() -> None:
    problem = refusals.no_such_alert("x" * 10_000).problem
    assert len(problem.detail) < 200
    assert len(refusals.media_type("y" * 10_000, ("a/b",)).problem.detail) < 200
