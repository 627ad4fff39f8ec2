"""From XML to the plain contents of an alert, as strict about form as the standard's schema."""

from typing import Any

from lxml import etree

from common.cap.layout import ALERT, CAP, DSIG, REPEATING, SIGNATURE, Layout, Place
from common.cap.refusal import MOST_REASONS, Reason, Refused
from common.cap.rules import Rule
from common.cap.values import BLANK
from common.cap.xml_parser import complaint_of, new_parser

_AFTER_ALL = 1_000
_BEGINNINGS = (b"<", b"\xef", b"\xfe", b"\xff")  # or the mark of a byte order
_CAP_1_1 = "urn:oasis:names:tc:emergency:cap:1.1"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_HARMLESS = (f"{{{_SCHEMA}}}schemaLocation", f"{{{_SCHEMA}}}noNamespaceSchemaLocation")

Contents = dict[str, Any]


def contents_of_xml(content: bytes) -> Contents:
    """Read a document into names and values; raise Refused where its form is wrong."""
    root = _parse(content)
    reader = _Reader()
    if root.tag != f"{{{CAP}}}alert":
        raise Refused([_wrong_root(root)])
    contents = reader.read(root, ALERT)
    if reader.reasons:
        raise Refused(reader.reasons)
    return contents


def _parse(content: bytes) -> etree._Element:
    try:
        root = etree.fromstring(content, new_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        if b"<!DOCTYPE" in content:
            raise Refused([_DOCTYPE]) from error
        raise Refused([Reason("alert", Rule.XML, _not_xml(content, error))]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused([_DOCTYPE])
    return root


def _not_xml(content: bytes, error: Exception) -> str:
    begins = content.lstrip()[:1]
    if not begins:
        return "there is nothing in it"
    if begins not in _BEGINNINGS:
        return "this is not XML: it does not begin with <"
    return f"this is not XML: {complaint_of(error)}"


_DOCTYPE = Reason("alert", Rule.DOCTYPE, "a DOCTYPE can pull in foreign content; leave it out")


def _wrong_root(root: etree._Element) -> Reason:
    name = etree.QName(root)
    if name.namespace == _CAP_1_1:
        return Reason("alert", Rule.NAMESPACE, "this is CAP 1.1; only CAP 1.2 is read here")
    if name.namespace != CAP:
        found = name.namespace or "no namespace"
        return Reason("alert", Rule.NAMESPACE, f"the namespace is {CAP}, here it is {found}")
    return Reason(name.localname, Rule.ROOT, "the outermost element is <alert>")


def path_of(element: etree._Element) -> str:
    """Name an element by its place, counting those that may come again from one."""
    parts: list[str] = []
    place: etree._Element | None = element
    while place is not None:
        name = etree.QName(place).localname
        count = 1 + sum(1 for _ in place.itersiblings(place.tag, preceding=True))
        parts.append(f"{name}[{count}]" if name in REPEATING else name)
        place = place.getparent()
    return "/".join(reversed(parts))


class _Reader:
    """One reading of one document, with what it found wrong."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []

    def note(self, element: etree._Element, rule: Rule, sentence: str) -> None:
        self.reasons.append(Reason(path_of(element), rule, sentence))
        if len(self.reasons) == MOST_REASONS:
            raise Refused(self.reasons)

    def read(self, element: etree._Element, layout: Layout) -> Contents:
        contents: Contents = {}
        last = -1
        self._look_at_attributes(element)
        self._look_for_text(element, element.text)
        for child in element:
            self._look_for_text(element, child.tail)
            place = layout.get(child.tag)
            if place is None:
                last = self._read_stranger(child, contents, layout, last)
                continue
            last = self._look_at_order(child, place, last)
            value = self.read(child, place.inside) if place.inside else self._text(child)
            if place.repeats:
                contents.setdefault(place.name, []).append(value)
            elif value or place.name != "language":
                contents.setdefault(place.name, value)
        return contents

    def _look_at_attributes(self, element: etree._Element) -> None:
        strange = [str(name) for name in element.attrib if name not in _HARMLESS]
        if strange:
            self.note(element, Rule.ATTRIBUTE, f"CAP has no attribute {', '.join(strange)} here")

    def _look_for_text(self, parent: etree._Element, text: str | None) -> None:
        if text and text.strip(BLANK):
            self.note(parent, Rule.STRAY_TEXT, "only elements belong here, not text of its own")

    def _look_at_order(self, child: etree._Element, place: Place, last: int) -> int:
        if last == _AFTER_ALL:
            self.note(child, Rule.SIGNATURE, f"<{place.name}> comes after a signature")
        elif place.position < last:
            self.note(child, Rule.ELEMENT_ORDER, f"<{place.name}> comes too late in its parent")
        elif place.position == last and not place.repeats:
            self.note(child, Rule.ELEMENT_REPEATED, f"<{place.name}> may be there only once")
        return max(place.position, last)

    def _text(self, element: etree._Element) -> str:
        self._look_at_attributes(element)
        if len(element):
            self.note(element, Rule.ELEMENT_UNKNOWN, "only text belongs here, not elements")
        return element.text or ""

    def _read_stranger(
        self, element: etree._Element, contents: Contents, layout: Layout, last: int
    ) -> int:
        name = etree.QName(element)
        if layout is not ALERT or name.namespace != DSIG:
            sentence = f"CAP 1.2 has no <{name.localname}> here"
            self.note(element, Rule.ELEMENT_UNKNOWN, sentence)
            return last
        self._look_at_signature(element)
        text = etree.tostring(element, encoding="unicode", with_tail=False)
        contents.setdefault("signature", []).append(text)
        return _AFTER_ALL

    def _look_at_signature(self, signature: etree._Element) -> None:
        """Refuse what only looks like a signature, and what a schema would read inside."""
        if signature.tag != SIGNATURE:
            self.note(signature, Rule.SIGNATURE, "only a whole <Signature> may follow the infos")
        for inner in signature.iter():
            schema_named = any(str(name).startswith(f"{{{_SCHEMA}}}") for name in inner.attrib)
            if schema_named or etree.QName(inner).namespace == CAP:
                self.note(inner, Rule.SIGNATURE, "a signature holds no CAP and no schema types")
