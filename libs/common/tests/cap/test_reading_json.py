import pytest

from common.cap.reading_json import contents_of_json
from common.cap.refusal import Refused
from common.cap.rules import Rule


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_is_read_in_every_encoding_of_unicode(encoding: str) -> None:
    content = '{"note": "Gelombang 🌊"}'.encode(encoding)
    assert contents_of_json(content) == {"note": "Gelombang 🌊"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xff{}", "not JSON"),
        (b'{"sent": "a", "sent": "b"}', "a name comes twice"),
        (b'{"info": [{"area": [{"x": 1, "x": 2}]}]}', "a name comes twice"),
        (b'{"altitude": NaN}', "NaN is not a JSON number"),
        (b'{"altitude": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"size": ' + b"1" * 5_000 + b"}", "not JSON"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[]", "is one object"),
        (b'"alert"', "is one object"),
        (b"null", "is one object"),
    ],
)
def test_what_is_not_one_json_object_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        contents_of_json(content)
    assert [reason.rule for reason in refused.value.reasons] == [Rule.JSON]
