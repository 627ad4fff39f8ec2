"""From bytes to an alert: read once at the edge, refused with reasons or accepted with flags."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from common.cap.alert import Alert
from common.cap.judging import judge
from common.cap.limits import MOST_BYTES, MOST_INFOS
from common.cap.reading_json import contents_of_json
from common.cap.reading_xml import contents_of_xml
from common.cap.refusal import Flag, FlagKind, Reason, Refused
from common.cap.rules import Rule
from common.cap.signature import SignatureState, verify_signature
from common.cap.writing import write_xml

XML_TYPES = frozenset({"application/cap+xml", "application/xml", "text/xml"})
JSON_TYPES = frozenset({"application/json", "application/cap+json"})

_RULES = {
    "missing": Rule.ELEMENT_MISSING,
    "too_short": Rule.ELEMENT_MISSING,
    "enum": Rule.CODE,
    "extra_forbidden": Rule.ELEMENT_UNKNOWN,
    "string_pattern_mismatch": Rule.CHARACTERS,
}
_SENTENCES = {
    Rule.ELEMENT_MISSING: "this element must be there",
    Rule.ELEMENT_UNKNOWN: "CAP 1.2 has no such element here",
    Rule.CHARACTERS: "there are characters in it that XML cannot hold",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """An alert that keeps every rule, and what was noticed about it."""

    alert: Alert
    flags: tuple[Flag, ...] = ()


def read(
    content: bytes, content_type: str = "application/cap+xml", most_bytes: int = MOST_BYTES
) -> Reading:
    """Read an alert from XML or its JSON form; raise Refused with every reason found.

    A signature says something about XML: a signed alert in JSON is written as XML and read again.
    It judges the message, not the clock: an alert of last year is read like one of today.
    """
    if len(content) > most_bytes:
        sentence = f"it has more than {most_bytes} bytes, and is not read"
        raise Refused([Reason("alert", Rule.BODY_SIZE, sentence)])
    is_xml = _is_xml(content_type)
    alert = _validate(contents_of_xml(content) if is_xml else contents_of_json(content))
    if alert.signatures and not is_xml:
        content = write_xml(alert)
        alert = _validate(contents_of_xml(content))
    return Reading(alert, (*judge(alert), *_judge_signature(alert, content)))


def read_again(document: bytes) -> Alert:
    """Read XML that was judged when it came in, by its form alone; raise Refused."""
    return _validate(contents_of_xml(document))


def _judge_signature(alert: Alert, document: bytes) -> Iterator[Flag]:
    if not alert.signatures:
        return
    verdict = verify_signature(document)
    if verdict.state is SignatureState.INVALID:
        yield Flag(FlagKind.SIGNATURE_INVALID, "alert/Signature", verdict.reason)


def _is_xml(content_type: str) -> bool:
    media_type = content_type.split(";", maxsplit=1)[0].strip().lower()
    if media_type not in XML_TYPES | JSON_TYPES:
        sentence = f"{media_type or 'nothing'} is neither CAP XML nor its JSON form"
        raise Refused([Reason("alert", Rule.CONTENT_TYPE, sentence)])
    return media_type in XML_TYPES


def _validate(contents: dict[str, Any]) -> Alert:
    infos = contents.get("info", ())
    if isinstance(infos, list) and len(infos) > MOST_INFOS:
        sentence = f"{len(infos)} infos; at most {MOST_INFOS}"
        raise Refused([Reason("alert", Rule.INFO_LIMIT, sentence)])
    try:
        return Alert.model_validate(contents, by_name=False)
    except ValidationError as error:
        reasons = [_reason(detail) for detail in error.errors(include_url=False)]
        raise Refused(reasons) from error


def _reason(detail: ErrorDetails) -> Reason:
    rule = _rule(detail["type"])
    return Reason(_path(detail["loc"]), rule, _SENTENCES.get(rule) or _sentence(detail))


def _rule(kind: str) -> Rule:
    try:
        return _RULES.get(kind) or Rule(kind)
    except ValueError:
        return Rule.VALUE


def _sentence(detail: ErrorDetails) -> str:
    message = detail["msg"]
    found = repr(detail["input"])[:80]
    return f"{message[0].lower()}{message[1:]}; here it is {found}"


def _path(location: tuple[int | str, ...]) -> str:
    parts = ["alert"]
    for step in location:
        if isinstance(step, int):
            parts[-1] += f"[{step + 1}]"
        else:
            parts.append(step)
    return "/".join(parts)
