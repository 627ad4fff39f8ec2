import pytest

from common.cap import FlagKind, Rule, write_json
from common.cap.check import Verdict, check
from common.cap.limits import MOST_BYTES
from testkit.builders import alert
from testkit.samples import FLAGGED, NAMES, REFUSED, sample


@pytest.mark.parametrize("name", NAMES)
def test_our_alerts_are_accepted(name: str) -> None:
    checked = check(sample(name))
    assert (checked.verdict, checked.reasons) == (Verdict.ACCEPTED, ())


@pytest.mark.parametrize(("name", "kind"), FLAGGED.items())
def test_what_is_odd_is_flagged_for_that_alone(name: str, kind: FlagKind) -> None:
    checked = check(sample(name))
    assert checked.verdict is Verdict.FLAGGED
    assert [getattr(flag, "kind", None) for flag in checked.reasons] == [kind]


@pytest.mark.parametrize(("name", "rule"), REFUSED.items())
def test_what_breaks_a_rule_is_refused_for_that_alone(name: str, rule: Rule) -> None:
    checked = check(sample(name))
    assert checked.verdict is Verdict.REFUSED
    assert [getattr(reason, "rule", None) for reason in checked.reasons] == [rule]


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\n  "])
def test_what_begins_with_a_brace_is_the_json_form(before: bytes) -> None:
    content = before + write_json(alert())
    assert check(content).verdict is Verdict.ACCEPTED


def test_a_message_of_a_year_long_past_is_judged_like_one_of_today() -> None:
    old = sample("tsunami_warning").replace(b"2026-", b"1996-")
    assert check(old).verdict is Verdict.ACCEPTED


def test_a_message_over_a_megabyte_is_refused_unread() -> None:
    (reason,) = check(b"<" * (MOST_BYTES + 1)).reasons
    assert getattr(reason, "rule", None) is Rule.BODY_SIZE
