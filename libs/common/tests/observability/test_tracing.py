"""One trace goes from intake to the last outcome."""

from common.observability.tracing import TRACE_PARENT, continued


def test_a_step_stays_in_the_trace_of_its_parent() -> None:
    first = continued("", "alert-1")
    second = continued(first, "something else")
    assert first.split("-")[1] == second.split("-")[1]
    assert first.split("-")[2] != second.split("-")[2]


def test_a_repair_after_a_crash_stays_in_the_trace_of_its_alert() -> None:
    assert continued("", "alert-1").split("-")[1] == continued("", "alert-1").split("-")[1]


def test_what_is_no_trace_context_begins_a_new_one() -> None:
    assert TRACE_PARENT.fullmatch(continued("00-zz-1-01", "alert-1"))
