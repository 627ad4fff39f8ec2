"""Whatever people write, a filled-in request says it and nothing else."""

import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notification.shortmessage.templates import check_names, in_form, in_json, in_url, names_in

HOSTILE = 'Awas & "naik"\r\nBcc: x\\{to}%26+;#/?=🌊'
VALUES = {
    "to": "+628123",
    "text": HOSTILE,
    "from": "DESA",
    "reference": "alert-1/r0",
    "validity_seconds": "3600",
}
texts = st.text(alphabet=st.characters(codec="utf-8"))


@given(texts)
def test_a_query_says_the_text_and_has_no_other_field(text: str) -> None:
    url = in_url("https://a.example/send?to={to}&text={text}&x=1", VALUES | {"text": text})
    assert url.isascii()
    said = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert said == {"to": ["+628123"], "text": [text], "x": ["1"]}


@given(texts)
def test_a_form_says_the_text_and_has_no_other_field(text: str) -> None:
    form = in_form((("Body", "Awas: {text}"), ("To", "{to}")), VALUES | {"text": text})
    said = parse_qsl(form.decode("ascii"), keep_blank_values=True)
    assert said == [("Body", f"Awas: {text}"), ("To", "+628123")]


@given(texts)
def test_json_says_the_text_and_has_no_other_field(text: str) -> None:
    template = {"messages": [{"to": "{to}", "text": "{text}"}], "flash": False}
    said = json.loads(in_json(template, VALUES | {"text": text}))
    assert said == {"messages": [{"to": "+628123", "text": text}], "flash": False}


def test_what_is_said_in_a_header_is_one_line() -> None:
    said = in_url("{reference} {text}", VALUES)
    assert said.startswith("alert-1%2Fr0 Awas%20")
    assert said.isprintable()


def test_seconds_that_stand_alone_are_a_number_in_json() -> None:
    template = {"ttl": "{validity_seconds}", "life": "{validity_seconds} s", "to": "{to}"}
    said = json.loads(in_json(template, VALUES))
    assert said == {"ttl": 3600, "life": "3600 s", "to": "+628123"}


def test_a_placeholder_that_a_text_holds_is_not_filled_in() -> None:
    assert b"{to}" in in_json({"text": "{text}"}, VALUES)


def test_placeholders_are_found_wherever_they_stand() -> None:
    template = {"a": ["{to}", {"b": "x {text} {from}"}], "c": 1, "{key}": None}
    assert sorted(names_in(template)) == ["from", "text", "to"]


def test_a_placeholder_that_does_not_exist_is_refused() -> None:
    check_names(["to", "reference"])
    with pytest.raises(ValueError, match=r"there is no \{phone\}; placeholders are \{to\}, "):
        check_names(["to", "phone"])
