import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.cap import FlagKind, Refused, Rule, read, write_json, write_xml
from common.cap.layout import DSIG
from common.cap.limits import MOST_BYTES, MOST_INFOS
from common.cap.reading import read_again
from testkit.builders import alert, info
from testkit.clock import NOON
from testkit.samples import sample

SIGNATURE = f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo/></ds:Signature>'
JSON = "application/json"


def as_json(**changes: object) -> bytes:
    return json.dumps({**json.loads(write_json(alert())), **changes}).encode()


def rules(content: bytes, content_type: str = "application/cap+xml") -> list[tuple[str, Rule]]:
    with pytest.raises(Refused) as refused:
        read(content, content_type)
    return [(reason.element, reason.rule) for reason in refused.value.reasons]


@pytest.mark.parametrize(
    "content_type",
    ["application/cap+xml", "text/xml", "Application/XML; charset=utf-8", " text/xml ;x=y"],
)
def test_xml_has_several_names(content_type: str) -> None:
    assert read(write_xml(alert()), content_type).alert == alert()


@pytest.mark.parametrize("content_type", [JSON, "application/cap+json; charset=utf-8"])
def test_json_has_two_names(content_type: str) -> None:
    assert read(write_json(alert()), content_type).alert == alert()


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_another_type_of_content_is_refused(content_type: str) -> None:
    assert rules(write_xml(alert()), content_type) == [("alert", Rule.CONTENT_TYPE)]


def test_a_body_may_have_a_million_bytes_and_not_one_more() -> None:
    room = MOST_BYTES - len(write_xml(alert(note="")))
    filled = alert(note="x" * room)
    content = write_xml(filled)
    assert len(content) == MOST_BYTES
    assert read(content).alert == filled
    assert rules(content + b" ") == [("alert", Rule.BODY_SIZE)]


def test_every_value_that_is_wrong_is_named_by_its_element() -> None:
    wrong = (
        sample("tsunami_warning")
        .replace(b"+08:00</sent>", b"</sent>")
        .replace(b">Actual<", b">actual<")
        .replace(b"<urgency>Immediate</urgency>", b"", 1)
        .replace(b">id-ID<", b">bahasa indonesia<")
        .replace(b"<size>26</size>", b"<size>26 bytes</size>")
        .replace(b"ways-uphill.txt", b"ways%uphill")
        .replace(b">65.6<", b">high<")
    )
    assert rules(wrong) == [
        ("alert/sent", Rule.TIME),
        ("alert/status", Rule.CODE),
        ("alert/info[1]/urgency", Rule.ELEMENT_MISSING),
        ("alert/info[1]/resource[1]/size", Rule.NUMBER),
        ("alert/info[1]/resource[1]/uri", Rule.URI),
        ("alert/info[1]/area[1]/ceiling", Rule.NUMBER),
        ("alert/info[2]/language", Rule.LANGUAGE),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sent": 1772000000}, ("alert/sent", Rule.TIME)),
        ({"sent": "2026-03-11T06:02:00Z"}, ("alert/sent", Rule.TIME)),
        ({"msgType": "Rectify"}, ("alert/msgType", Rule.CODE)),
        ({"wave": 1}, ("alert/wave", Rule.ELEMENT_UNKNOWN)),
        ({"msg_type": "Alert"}, ("alert/msg_type", Rule.ELEMENT_UNKNOWN)),
        ({"note": "a\x00b"}, ("alert/note", Rule.CHARACTERS)),
        ({"note": "\ud800"}, ("alert/note", Rule.VALUE)),
        ({"note": None, "sender": 7}, ("alert/sender", Rule.VALUE)),
        ({"info": {}}, ("alert/info", Rule.VALUE)),
        ({"info": [7]}, ("alert/info[1]", Rule.VALUE)),
    ],
)
def test_json_is_judged_as_strictly_as_xml(
    changes: dict[str, object], expected: tuple[str, Rule]
) -> None:
    assert rules(as_json(**changes), JSON) == [expected]


@pytest.mark.parametrize("signature", ["", "garbage", "<a/>", f'<Object xmlns="{DSIG}"/>'])
def test_a_made_up_signature_in_json_is_refused(signature: str) -> None:
    assert rules(as_json(signature=[signature]), JSON) == [("alert/signature[1]", Rule.SIGNATURE)]


def test_a_signature_in_json_may_hold_no_second_alert() -> None:
    hidden = SIGNATURE.replace(
        "<ds:SignedInfo/>", "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'/>"
    )
    assert rules(as_json(signature=[hidden]), JSON)[0][1] is Rule.SIGNATURE


def test_a_signature_in_json_is_read_as_it_is_in_xml() -> None:
    one = read(as_json(signature=[SIGNATURE]), JSON)
    assert [flag.kind for flag in one.flags] == [FlagKind.SIGNATURE_INVALID]
    assert read(write_xml(one.alert)) == one
    assert read(write_json(one.alert), JSON) == one


def test_infos_are_counted_before_they_are_looked_at() -> None:
    nothing: list[object] = [{}] * (MOST_INFOS + 1)
    assert rules(as_json(info=nothing), JSON) == [("alert", Rule.INFO_LIMIT)]


def test_flags_of_every_kind_come_together() -> None:
    odd = alert(infos=(info(expires=NOON),), signatures=(SIGNATURE,))
    assert [flag.kind for flag in read(write_xml(odd)).flags] == [
        FlagKind.EXPIRES_WHEN_SENT,
        FlagKind.SIGNATURE_INVALID,
    ]


def test_the_clock_has_no_say() -> None:
    long_past = alert(sent=NOON - timedelta(days=9_000), infos=(info(expires=None),))
    assert read(write_xml(long_past)).flags == ()


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_comes_in_is_read_or_refused(content: bytes) -> None:
    for content_type in ("application/cap+xml", JSON):
        with pytest.raises(Refused):
            read(content, content_type)


@given(st.data())
def test_a_document_that_was_damaged_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(sample("flood_exercise"))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        one = read(bytes(content))
    except Refused:
        return
    assert read(write_xml(one.alert)).alert == one.alert


def test_what_was_judged_before_is_read_again_by_its_form_alone() -> None:
    open_ring = sample("refused/polygon_open")
    with pytest.raises(Refused):
        read(open_ring)
    assert read_again(open_ring).infos[0].area[0].polygon
    assert read_again(write_xml(alert())) == alert()
    with pytest.raises(Refused):
        read_again(sample("refused/severity_missing"))
