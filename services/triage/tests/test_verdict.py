"""Every verdict says its kind."""

from testkit.clock import NOON
from triage.verdict import Held, Kind, Reason, Rejected, Suppressed


def test_a_verdict_says_its_kind() -> None:
    assert Held(Reason.CONCERNS, "odd", NOON).kind is Kind.HELD
    assert Suppressed(Reason.EXPIRED, "late").kind is Kind.SUPPRESSED
    assert Rejected("no").kind is Kind.REJECTED


def test_a_rejection_is_its_own_reason() -> None:
    assert Rejected("no").reason is Reason.REJECTED
