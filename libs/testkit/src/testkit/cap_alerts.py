"""Alerts of every kind that the rules allow, drawn by hypothesis."""

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from common.cap import (
    Alert,
    Category,
    Certainty,
    MsgType,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from common.cap.values import UNSTATED_OFFSET

_ODD = "\t\n\r\x85\u2028\ufdd0\U0001f30a<>&'\"]"
_PLAIN = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters=_ODD
)
_NAME = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters=",<&\x85\xa0"),
    min_size=1,
    max_size=20,
)
_POLYGONS = (
    "0,0 0,1 1,1 0,0",
    " -8.59,115.19  -8.60,115.18\n-8.61,115.19 -8.59,115.19 ",
    "-17,177 -17,-178 -19,-178 -19,177 -17,177",
)
_CIRCLES = ("-8.6,115.2 0", "-8.6,115.2 5.50", "0,179.9 1e1")
_ADDRESSES = ("map.png", "https://a.example/?a=b&c=d#e", "urn:oid:2.49.0.1.840", "")
_LANGUAGES = ("en-US", "id-ID", "zh-Hant-TW", "x-klingon")

texts = st.text(_PLAIN, max_size=20)
words = texts.filter(str.strip)
numbers = st.decimals(-9_999, 9_999, places=2)


@st.composite
def times(draw: st.DrawFn) -> datetime:
    """Draw a whole second with an offset from UTC, now and then the one that says nothing."""
    minutes = draw(st.integers(-14 * 60, 14 * 60))
    offset = draw(st.sampled_from([timezone(timedelta(minutes=minutes)), UNSTATED_OFFSET]))
    naive = draw(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 -- the offset comes next
    return naive.replace(microsecond=0, tzinfo=offset)


def _maybe(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | value


def _some(value: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(value, min_size=least, max_size=2).map(tuple)


_NAMED = st.fixed_dictionaries({"value_name": texts, "value": texts})
_RESOURCE = st.fixed_dictionaries(
    {
        "resource_desc": texts,
        "mime_type": texts,
        "size": _maybe(st.integers(0, 10**9)),
        "uri": _maybe(st.sampled_from(_ADDRESSES)),
        "deref_uri": _maybe(texts),
        "digest": _maybe(texts),
    }
)
_AREA = st.fixed_dictionaries(
    {
        "area_desc": words,
        "polygon": _some(st.sampled_from(_POLYGONS)),
        "circle": _some(st.sampled_from(_CIRCLES)),
        "geocode": _some(_NAMED),
        "altitude": numbers,
        "ceiling": _maybe(numbers),
    }
)
_INFO = st.fixed_dictionaries(
    {
        "language": st.sampled_from(_LANGUAGES),
        "category": _some(st.sampled_from(Category), least=1),
        "event": words,
        "response_type": _some(st.sampled_from(ResponseType)),
        "urgency": st.sampled_from(Urgency),
        "severity": st.sampled_from(Severity),
        "certainty": st.sampled_from(Certainty),
        "event_code": _some(_NAMED),
        "effective": _maybe(times()),
        "onset": _maybe(times()),
        "web": _maybe(st.sampled_from(_ADDRESSES)),
        **dict.fromkeys(("audience", "sender_name", "headline", "description"), _maybe(texts)),
        **dict.fromkeys(("instruction", "contact"), _maybe(texts)),
        "parameter": _some(_NAMED),
        "resource": _some(_RESOURCE),
        "area": _some(_AREA),
    }
)
_ALERT = st.fixed_dictionaries(
    {
        "identifier": _NAME,
        "sender": _NAME,
        "sent": times(),
        "status": st.sampled_from(Status),
        "msg_type": st.sampled_from(MsgType),
        "scope": st.sampled_from(Scope),
        "restriction": words,
        "addresses": words,
        "references": st.just("a@b.example,1,1970-01-02T00:00:00+00:00"),
        **dict.fromkeys(("source", "note", "incidents"), _maybe(texts)),
        "code": _some(texts),
        "infos": _some(_INFO),
    }
)


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Draw an alert that is accepted, perhaps with a flag."""
    contents = draw(_ALERT)
    for info in contents["infos"]:
        if draw(st.booleans()):
            info["expires"] = contents["sent"] + timedelta(seconds=draw(st.integers(0, 10**6)))
    return Alert.model_validate(contents)
