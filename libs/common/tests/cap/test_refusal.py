from common.cap import Flag, FlagKind, Reason, Refused, Rule

REASON = Reason("alert/status", Rule.CODE, "it is not in the list")


def test_a_reason_names_element_rule_and_clause() -> None:
    expected = "alert/status: it is not in the list [code-list; OASIS CAP 1.2 §3.2.1 status]"
    assert str(REASON) == expected
    assert str(Refused([REASON])) == expected


def test_a_refusal_stays_short() -> None:
    assert len(Refused([REASON] * 1_000).reasons) == 20


def test_a_flag_names_element_and_kind() -> None:
    flag = Flag(FlagKind.SAYS_NOTHING, "alert/info", "there is no info")
    assert str(flag) == "alert/info: there is no info [says-nothing]"
