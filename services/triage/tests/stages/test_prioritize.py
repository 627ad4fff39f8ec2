"""The matrix is whole, never turns round, and the most urgent info speaks for all."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.cap import Certainty, Severity, Urgency
from common.subjects import Priority
from testkit.builders import alert, follow_up, info, newsletter
from testkit.clock import NOON
from triage.chain import URGENT_FIRST
from triage.stages.place import place
from triage.stages.prioritize import judged, prioritize

WORST_FIRST = (
    (Urgency.IMMEDIATE, Urgency.EXPECTED, Urgency.FUTURE, Urgency.PAST),
    (Severity.EXTREME, Severity.SEVERE, Severity.MODERATE, Severity.MINOR),
    (Certainty.OBSERVED, Certainty.LIKELY, Certainty.POSSIBLE, Certainty.UNLIKELY),
)
codes = st.tuples(st.sampled_from(Urgency), st.sampled_from(Severity), st.sampled_from(Certainty))


def lane(urgency: Urgency, severity: Severity, certainty: Certainty) -> int:
    found = judged(info(urgency=urgency, severity=severity, certainty=certainty))
    return URGENT_FIRST.index(found)


@given(codes)
def test_every_alert_has_a_priority(codes: tuple[Urgency, Severity, Certainty]) -> None:
    assert lane(*codes) in {0, 1, 2}


@given(codes, st.integers(0, 2))
def test_what_is_worse_is_never_less_urgent(
    codes: tuple[Urgency, Severity, Certainty], which: int
) -> None:
    for worse, milder in pairwise(WORST_FIRST[which]):
        milder_codes: list[Any] = list(codes)
        worse_codes: list[Any] = list(codes)
        worse_codes[which], milder_codes[which] = worse, milder
        assert lane(*worse_codes) <= lane(*milder_codes)


@given(st.sampled_from(Severity), st.sampled_from(Certainty))
def test_what_is_past_is_routine(severity: Severity, certainty: Certainty) -> None:
    assert URGENT_FIRST[lane(Urgency.PAST, severity, certainty)] is Priority.ROUTINE


@pytest.mark.parametrize("urgency", ["Immediate", "Expected"])
@pytest.mark.parametrize("severity", ["Extreme", "Severe"])
@pytest.mark.parametrize("certainty", ["Observed", "Likely"])
def test_an_imminent_threat_is_immediate(urgency: str, severity: str, certainty: str) -> None:
    threat = info(urgency=urgency, severity=severity, certainty=certainty)
    assert judged(threat) is Priority.IMMEDIATE


def test_what_nobody_knows_anything_about_is_not_routine() -> None:
    unknown = info(urgency="Unknown", severity="Unknown", certainty="Unknown")
    assert judged(unknown) is Priority.PRIORITY


def test_the_most_urgent_info_speaks_for_all(case: Any) -> None:
    found = prioritize(case(alert(infos=(newsletter(), info()))))
    assert found.info_priorities == (Priority.ROUTINE, Priority.IMMEDIATE)
    assert found.priority is Priority.IMMEDIATE


def test_an_info_that_has_expired_does_not_speak(case: Any) -> None:
    over = info(expires=NOON + timedelta(minutes=1))
    mixed = alert(infos=(newsletter(), over))
    assert prioritize(case(mixed, now=NOON + timedelta(minutes=1))).priority is Priority.ROUTINE


def test_a_follow_up_takes_the_most_urgent_lane_of_its_chain(case: Any, earlier: Any) -> None:
    first = alert(identifier="first")
    calm = follow_up("Update", first, infos=(newsletter(),))
    known = (earlier(first, priority=Priority.IMMEDIATE),)
    found = prioritize(place(case(calm, earlier=known)))
    assert found.priority is Priority.IMMEDIATE
    assert found.info_priorities == (Priority.ROUTINE,)


def test_a_cancel_without_info_takes_the_lane_of_its_chain(case: Any, earlier: Any) -> None:
    first = alert(identifier="first")
    cancel = follow_up("Cancel", first, infos=())
    known = (earlier(first, priority=Priority.PRIORITY),)
    assert prioritize(place(case(cancel, earlier=known))).priority is Priority.PRIORITY
