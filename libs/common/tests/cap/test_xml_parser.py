import pytest
from lxml import etree

from common.cap.xml_parser import complaint_of, new_parser


def test_an_entity_of_the_document_is_not_expanded() -> None:
    root = etree.fromstring("<!DOCTYPE a [<!ENTITY e 'secret'>]><a>&e;</a>", new_parser())
    assert etree.tostring(root) == b"<a>&e;</a>"


def test_a_document_that_is_very_deep_is_not_read() -> None:
    with pytest.raises(etree.XMLSyntaxError, match="depth"):
        etree.fromstring("<a>" * 10_000, new_parser())


def test_comments_are_kept_only_as_signed() -> None:
    document = "<a>x<!-- y -->z<?p q?></a>"
    assert etree.fromstring(document, new_parser()).text == "xz"
    assert len(etree.fromstring(document, new_parser(as_signed=True))) == 2


def test_blank_text_can_be_left_out() -> None:
    document = "<a>\n  <b> x </b>\n</a>"
    root = etree.fromstring(document, new_parser(blanks=False))
    assert etree.tostring(root) == b"<a><b> x </b></a>"


def test_a_complaint_is_one_line() -> None:
    with pytest.raises(etree.XMLSyntaxError) as error:
        etree.fromstring(b"<a>\n\x00</a>", new_parser())
    assert "\n" not in complaint_of(error.value)
    assert complaint_of(error.value).endswith("line 2, column 1")
