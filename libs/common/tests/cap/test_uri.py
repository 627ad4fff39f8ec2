import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from common.cap.uri import URI

SCHEMA = etree.XMLSchema(
    etree.fromstring(
        '<schema xmlns="http://www.w3.org/2001/XMLSchema">'
        '<element name="a" type="anyURI"/></schema>'
    )
)
PIECES = st.sampled_from(
    [*"abz09:/?#[]@!$&'()*+,;=-._~% <>|^é", "http", "//", "://", "%41", ":80", "[::1]", "user@"]
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://a.example/b?c=d&e=f#g",
        "mailto:a@b.example",
        "map.png",
        "//a.example",
        "urn:x:y",
        "http://[::1]:80/",
        "http://ä.example/",
        "a%20b",
        "#top",
        "?q",
    ],
)
def test_addresses_in_use_are_addresses(text: str) -> None:
    assert URI.fullmatch(text)


@pytest.mark.parametrize(
    "text", ["%zz", "http://a.example:port/", "http://[", "1:b", ":", "a#b#c", "http://a@b@c/"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert not URI.fullmatch(text)


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_what_the_schema_takes_for_no_address_is_none_here(text: str) -> None:
    element = etree.Element("a")
    element.text = text
    if URI.fullmatch(text):
        assert SCHEMA.validate(element)
