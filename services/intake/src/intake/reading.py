"""From the bytes of a submission to an alert, in words that a publisher understands."""

import asyncio
from http import HTTPStatus
from typing import Final

from common.cap import read
from common.cap.reading import JSON_TYPES, XML_TYPES, Reading
from common.cap.refusal import Refused
from common.cap.rules import Rule
from common.cap.signature import SignatureState, SignatureVerdict, verify_signature
from common.problems import Breach, Problem, Refusal
from intake import refusals
from intake.refusals import Reason

KNOWN_TYPES: Final = (*sorted(XML_TYPES), *sorted(JSON_TYPES))
MALFORMED: Final = frozenset({Rule.XML, Rule.JSON, Rule.DOCTYPE})
AT_ONCE_BYTES: Final = 8_192


def media_type(header: str) -> str:
    """Return the media type without its parameters, or refuse it."""
    named = header.split(";", maxsplit=1)[0].strip().lower()
    if named not in KNOWN_TYPES:
        raise refusals.media_type(header, KNOWN_TYPES)
    return named


async def reading_of(
    content: bytes, content_type: str, most_bytes: int, *, signed: bool
) -> Reading:
    """Read an alert; what takes long leaves the event loop. `signed` demands a valid signature."""
    if not content.strip():
        raise refusals.refusal(
            HTTPStatus.BAD_REQUEST,
            Reason.EMPTY_BODY,
            "There is no alert in the body.",
            Breach(field="body", rule="required"),
        )
    if len(content) <= AT_ONCE_BYTES and not signed:
        return _read(content, content_type, most_bytes)
    return await asyncio.to_thread(
        _read_signed if signed else _read, content, content_type, most_bytes
    )


def _read(content: bytes, content_type: str, most_bytes: int) -> Reading:
    """Read, and turn each reason of a refusal into field, rule and sentence."""
    try:
        return read(content, content_type, most_bytes)
    except Refused as refused:
        raise _not_cap(refused) from refused


def _read_signed(content: bytes, content_type: str, most_bytes: int) -> Reading:
    """Read what must be signed: a signature that is not there, or does not verify, refuses."""
    reading = _read(content, content_type, most_bytes)
    if content_type in JSON_TYPES:
        verdict = SignatureVerdict(SignatureState.ABSENT, "the JSON form of CAP is never signed")
    else:
        verdict = verify_signature(content)
    if verdict.state is SignatureState.VALID:
        return reading
    raise refusals.refusal(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        Reason.SIGNATURE_DEMANDED,
        "This key demands a valid signature of every alert.",
        Breach(
            field="alert/Signature",
            rule="valid-signature",
            sentence=verdict.reason or "there is none",
        ),
    )


def _not_cap(refused: Refused) -> Refusal:
    """Say what breaks CAP: 400 where it cannot be read at all, 422 where it breaks a rule."""
    breaches = tuple(
        Breach(field=each.element, rule=each.rule, sentence=f"{each.sentence} ({each.clause})")
        for each in refused.reasons[:50]
    )
    malformed = any(each.rule in MALFORMED for each in refused.reasons)
    status = HTTPStatus.BAD_REQUEST if malformed else HTTPStatus.UNPROCESSABLE_ENTITY
    count = len(refused.reasons)
    rules = "a rule" if count == 1 else f"{count} rules"
    detail = f"The body breaks {rules} of CAP 1.2; each is named in breaches."
    return Refusal(Problem.of(status, Reason.NOT_CAP, detail, *breaches))
