"""The rules that an alert must keep, each with the clause of the standard that says so."""

from enum import StrEnum


class Rule(StrEnum):
    """A rule whose breach refuses an alert."""

    XML = "xml"
    JSON = "json"
    DOCTYPE = "doctype"
    NAMESPACE = "namespace"
    ROOT = "root"
    CONTENT_TYPE = "content-type"
    BODY_SIZE = "body-size"
    ELEMENT_UNKNOWN = "element-unknown"
    ELEMENT_ORDER = "element-order"
    ELEMENT_REPEATED = "element-repeated"
    ELEMENT_MISSING = "element-missing"
    ATTRIBUTE = "attribute"
    STRAY_TEXT = "stray-text"
    SIGNATURE = "signature-form"
    CODE = "code-list"
    VALUE = "value"
    CHARACTERS = "characters"
    TIME = "time-form"
    TIME_RANGE = "time-range"
    LANGUAGE = "language-form"
    URI = "uri-form"
    NUMBER = "number-form"
    NUMBER_LENGTH = "number-length"
    EMPTY = "empty"
    NAME_CHARACTERS = "name-characters"
    EXPIRES_BEFORE_SENT = "expires-before-sent"
    REFERENCES_MISSING = "references-missing"
    REFERENCES_FORM = "references-form"
    REFERENCES_ITSELF = "references-itself"
    RESTRICTION_MISSING = "restriction-missing"
    ADDRESSES_MISSING = "addresses-missing"
    CEILING_WITHOUT_ALTITUDE = "ceiling-without-altitude"
    INFO_LIMIT = "info-limit"
    AREA_LIMIT = "area-limit"
    POLYGON_FORM = "polygon-form"
    POLYGON_RANGE = "polygon-range"
    POLYGON_OPEN = "polygon-open"
    POLYGON_DEGENERATE = "polygon-degenerate"
    POLYGON_CROSSING = "polygon-crosses-itself"
    POLYGON_POLE = "polygon-around-pole"
    CIRCLE_FORM = "circle-form"
    CIRCLE_RANGE = "circle-range"


_STANDARD = "OASIS CAP 1.2"
_OURS = "Kentongan's own rule"
_FIXED = {
    Rule.XML: f"{_STANDARD} §4.2 (well-formed XML)",
    Rule.JSON: f"{_OURS}: the JSON form of CAP 1.2",
    Rule.DOCTYPE: f"{_OURS}: no DOCTYPE, no entities (beside {_STANDARD} §3.3.3)",
    Rule.NAMESPACE: f"{_STANDARD} §4.2",
    Rule.ROOT: f"{_STANDARD} §3.2.1 alert",
    Rule.CONTENT_TYPE: f"{_OURS}: CAP XML or its JSON form",
    Rule.BODY_SIZE: f"{_OURS}: size of a message",
    Rule.ELEMENT_ORDER: f"{_STANDARD} §3.4",
    Rule.ATTRIBUTE: f"{_STANDARD} §3.4",
    Rule.STRAY_TEXT: f"{_STANDARD} §3.4",
    Rule.SIGNATURE: f"{_STANDARD} §3.3.4.1",
    Rule.CHARACTERS: f"{_STANDARD} §4.2 (well-formed XML)",
    Rule.TIME: f"{_STANDARD} §3.3.2",
    Rule.INFO_LIMIT: f"{_OURS}: size of a message",
    Rule.AREA_LIMIT: f"{_OURS}: size of an area",
}
_SECTIONS = (
    ("/resource", f"{_STANDARD} §3.2.3"),
    ("/area", f"{_STANDARD} §3.2.4"),
    ("/info", f"{_STANDARD} §3.2.2"),
)


def clause(rule: Rule, element: str) -> str:
    """Name the clause that an element breaks; `element` is a path like `alert/info[1]/area[2]`."""
    if rule in _FIXED:
        return _FIXED[rule]
    section = next((text for part, text in _SECTIONS if part in element), f"{_STANDARD} §3.2.1")
    return f"{section} {element.rsplit('/', 1)[-1].split('[', maxsplit=1)[0]}"


BEYOND_SCHEMA = frozenset(
    {
        Rule.DOCTYPE,
        Rule.BODY_SIZE,
        Rule.SIGNATURE,
        Rule.TIME_RANGE,
        Rule.NUMBER_LENGTH,
        Rule.EMPTY,
        Rule.NAME_CHARACTERS,
        Rule.EXPIRES_BEFORE_SENT,
        Rule.REFERENCES_MISSING,
        Rule.REFERENCES_FORM,
        Rule.REFERENCES_ITSELF,
        Rule.RESTRICTION_MISSING,
        Rule.ADDRESSES_MISSING,
        Rule.CEILING_WITHOUT_ALTITUDE,
        Rule.INFO_LIMIT,
        Rule.AREA_LIMIT,
        Rule.POLYGON_FORM,
        Rule.POLYGON_RANGE,
        Rule.POLYGON_OPEN,
        Rule.POLYGON_DEGENERATE,
        Rule.POLYGON_CROSSING,
        Rule.POLYGON_POLE,
        Rule.CIRCLE_FORM,
        Rule.CIRCLE_RANGE,
    }
)
