from datetime import timedelta

import pytest

from common.cap import Alert, Flag, FlagKind, Reason, Refused, Rule
from common.cap.judging import judge
from testkit.builders import SENDER, alert, area, follow_up, info
from testkit.clock import NOON

SQUARE = "0,0 0,1 1,1 1,0 0,0"


def refusal(of: Alert) -> Reason:
    with pytest.raises(Refused) as refused:
        judge(of)
    (reason,) = refused.value.reasons
    return reason


def flags(of: Alert) -> list[FlagKind]:
    return [flag.kind for flag in judge(of)]


def test_an_alert_that_keeps_every_rule_is_not_flagged() -> None:
    assert judge(alert()) == ()
    assert judge(follow_up("Update", alert())) == ()


@pytest.mark.parametrize("name", ["identifier", "sender"])
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", Rule.EMPTY),
        ("\n ", Rule.EMPTY),
        ("a b", Rule.NAME_CHARACTERS),
        ("a,b", Rule.NAME_CHARACTERS),
        ("a<b", Rule.NAME_CHARACTERS),
        ("a&b", Rule.NAME_CHARACTERS),
    ],
)
def test_what_names_an_alert_can_be_quoted_in_references(name: str, value: str, rule: Rule) -> None:
    reason = refusal(alert(**{name: value}))
    assert (reason.element, reason.rule) == (f"alert/{name}", rule)


@pytest.mark.parametrize("msg_type", ["Update", "Cancel", "Ack", "Error"])
@pytest.mark.parametrize("references", [None, "", " \n"])
def test_what_follows_up_says_what_it_follows_up(msg_type: str, references: str | None) -> None:
    reason = refusal(alert(msg_type=msg_type, references=references))
    assert (reason.element, reason.rule) == ("alert/references", Rule.REFERENCES_MISSING)
    assert reason.sentence.startswith(msg_type)


def test_a_first_alert_needs_no_references() -> None:
    assert judge(alert(references=None)) == ()


@pytest.mark.parametrize("text", ["a,b", "a,b,yesterday", f"{SENDER},1,2026-03-11T06:02:00"])
def test_half_a_reference_is_refused(text: str) -> None:
    assert refusal(alert(msg_type="Update", references=text)).rule is Rule.REFERENCES_FORM


def test_an_alert_cannot_follow_itself_up() -> None:
    itself = f"{SENDER},wave-1,{NOON.isoformat(timespec='seconds')}"
    assert refusal(alert(msg_type="Cancel", references=itself)).rule is Rule.REFERENCES_ITSELF


@pytest.mark.parametrize(
    ("scope", "needed", "rule"),
    [
        ("Restricted", "restriction", Rule.RESTRICTION_MISSING),
        ("Private", "addresses", Rule.ADDRESSES_MISSING),
    ],
)
def test_an_alert_that_is_not_public_says_for_whom_it_is(
    scope: str, needed: str, rule: Rule
) -> None:
    reason = refusal(alert(scope=scope, **{needed: " "}))
    assert (reason.element, reason.rule) == (f"alert/{needed}", rule)
    assert judge(alert(scope=scope, **{needed: "cert fire-brigade"})) == ()


def test_an_event_without_a_word_is_refused() -> None:
    reason = refusal(alert(infos=(info(), info(event=" "))))
    assert (reason.element, reason.rule) == ("alert/info[2]/event", Rule.EMPTY)


def test_an_alert_without_info_says_nothing_but_a_cancel_does() -> None:
    assert flags(alert(infos=())) == [FlagKind.SAYS_NOTHING]
    assert flags(follow_up("Cancel", alert(), infos=())) == []


def test_what_expires_before_it_was_sent_is_refused() -> None:
    reason = refusal(alert(infos=(info(), info(expires=NOON - timedelta(seconds=1)))))
    assert (reason.element, reason.rule) == ("alert/info[2]/expires", Rule.EXPIRES_BEFORE_SENT)


def test_what_expires_in_the_moment_it_was_sent_is_flagged() -> None:
    assert judge(alert(infos=(info(expires=NOON),))) == (
        Flag(
            FlagKind.EXPIRES_WHEN_SENT,
            "alert/info[1]/expires",
            "it expires in the moment it was sent",
        ),
    )


def test_an_info_need_not_expire() -> None:
    assert judge(alert(infos=(info(expires=None),))) == ()


def test_every_broken_rule_is_named_at_once() -> None:
    broken = alert(
        sender="", msg_type="Update", infos=(info(event=""), info(area=(area(area_desc=""),)))
    )
    with pytest.raises(Refused) as refused:
        judge(broken)
    assert [reason.element for reason in refused.value.reasons] == [
        "alert/sender",
        "alert/references",
        "alert/info[1]/event",
        "alert/info[2]/area[1]/areaDesc",
    ]


@pytest.mark.parametrize(
    "polygons",
    [("no polygon at all",) * 1_001, ("no polygon at all " + "0,0 " * 50_001,)],
)
def test_nothing_is_drawn_of_an_alert_with_too_many_shapes(polygons: tuple[str, ...]) -> None:
    assert refusal(alert(infos=(info(area=(area(polygon=polygons),)),))).rule is Rule.AREA_LIMIT


def test_areas_are_judged_with_the_rest() -> None:
    overlapping = area(polygon=(SQUARE, SQUARE))
    assert flags(alert(infos=(info(area=(overlapping,)),))) == [FlagKind.POLYGONS_OVERLAP]
