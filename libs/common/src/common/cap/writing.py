"""From an alert to XML, in the standard's order, without blanks between the elements."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

from lxml import etree

from common.cap.alert import Alert
from common.cap.layout import ALERT, CAP, Layout
from common.cap.signature_text import signature_element
from common.cap.values import format_time


def write_xml(alert: Alert) -> bytes:
    """Write an alert as XML; what `read` makes of it equals the alert.

    Signatures are put back as they came. Such a signature verifies again when the signed document
    had no comments, prefixes or blanks of its own beyond those between elements; the bytes that
    came in, which the journal keeps, are the proof.
    """
    signatures = [signature_element(text) for text in alert.signatures]
    root = etree.Element(f"{{{CAP}}}alert", nsmap=_prefixes(signatures))
    _fill(root, alert.model_dump(by_alias=True, exclude_none=True), ALERT)
    root.extend(signatures)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _prefixes(signatures: list[etree._Element]) -> dict[str, str]:
    """Give CAP the prefixes that it had around the signatures, whose text names them."""
    named = [item for signature in signatures for item in signature.nsmap.items()]
    prefixes = {prefix: uri for prefix, uri in named if uri == CAP} or {None: CAP}
    return cast("dict[str, str]", prefixes)  # lxml calls the prefix that is left out None


def _fill(parent: etree._Element, contents: dict[str, Any], layout: Layout) -> None:
    for tag, place in layout.items():
        value = contents.get(place.name)
        if value is None:
            continue
        for one in value if place.repeats else (value,):
            child = etree.SubElement(parent, tag)
            if place.inside:
                _fill(child, one, place.inside)
            else:
                child.text = _text(one)


def _text(value: object) -> str:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return format_time(value) if isinstance(value, datetime) else str(value)
