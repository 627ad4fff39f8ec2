from pathlib import Path

import pytest

from common.cap.layout import CAP, DSIG
from common.cap.reading_xml import contents_of_xml
from common.cap.refusal import Reason, Refused
from common.cap.rules import Rule
from testkit.samples import sample

WARNING = sample("tsunami_warning").decode()
SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
SIGNATURE = f'<Signature xmlns="{DSIG}"><SignedInfo/></Signature>'


def changed(*changes: tuple[str, str]) -> bytes:
    """Give the warning with the first of each of these texts replaced."""
    text = WARNING
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text.encode()


def refusals(content: bytes) -> list[Reason]:
    with pytest.raises(Refused) as refused:
        contents_of_xml(content)
    return list(refused.value.reasons)


def refusal(content: bytes) -> tuple[str, Rule]:
    (reason,) = refusals(content)
    return reason.element, reason.rule


def test_contents_have_the_names_and_the_order_of_the_document() -> None:
    contents = contents_of_xml(WARNING.encode())
    assert list(contents)[:3] == ["identifier", "sender", "sent"]
    assert [info["language"] for info in contents["info"]] == ["en-US", "id-ID"]
    assert [one["valueName"] for one in contents["info"][0]["parameter"]] == [
        "first-wave",
        "height-meters",
    ]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_a_document_is_read_in_the_encoding_that_it_names(encoding: str) -> None:
    content = WARNING.replace("UTF-8", encoding).encode(encoding)
    assert contents_of_xml(content) == contents_of_xml(WARNING.encode())


def test_prefixes_comments_and_cdata_do_not_change_what_is_said() -> None:
    prefixed = (
        WARNING.replace("<", "<cap:")
        .replace("<cap:/", "</cap:")
        .replace("<cap:?", "<?")
        .replace("xmlns=", "xmlns:cap=")
        .replace("Tsunami<", "<![CDATA[Tsu]]>na<!-- big -->mi<?big wave?><")
    )
    assert contents_of_xml(prefixed.encode()) == contents_of_xml(WARNING.encode())


def test_a_foreign_file_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the password")
    document = changed(
        ("<alert", f'<!DOCTYPE alert [<!ENTITY e SYSTEM "{secret.as_uri()}">]><alert'),
        ("Tsunami<", "&e;<"),
    )
    (reason,) = refusals(document)
    assert reason.rule is Rule.DOCTYPE
    assert "password" not in str(reason)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE alert>",
        '<!DOCTYPE alert SYSTEM "http://a.example/alert.dtd">',
        '<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_a_doctype_is_refused_whatever_it_says(doctype: str, encoding: str) -> None:
    text = WARNING.replace("<alert", f"{doctype}<alert").replace("UTF-8", encoding)
    assert refusals(text.encode(encoding))[0].rule is Rule.DOCTYPE


def test_a_doctype_that_is_broken_is_refused_as_one() -> None:
    assert refusals(changed(("<alert", "<!DOCTYPE<alert")))[0].rule is Rule.DOCTYPE


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "there is nothing in it"),
        (b" \n\t", "there is nothing in it"),
        (b"\x89PNG\r\n\x1a\n\x00", "does not begin with <"),
        (b"\x00\x01\x02", "does not begin with <"),
        (b"Tsunami!", "does not begin with <"),
        (WARNING[:900].encode(), "Premature end of data"),
        (changed(("Tsunami<", "a\x00b<")), "out of allowed range"),
        (changed(("Tsunami<", "&wave;<")), "Entity 'wave' not defined"),
        (changed(("UTF-8", "wave-8")), "Unsupported encoding"),
        (changed(("Tsunami<", "Tsunami </x><")), "mismatch"),
        (b"<a>" * 10_000, "depth"),
    ],
)
def test_what_is_not_xml_is_refused_in_one_line(content: bytes, words: str) -> None:
    (reason,) = refusals(content)
    assert reason.rule is Rule.XML
    assert words in reason.sentence
    assert "\n" not in reason.sentence


def test_cap_1_1_has_a_sentence_of_its_own() -> None:
    (reason,) = refusals(changed(("cap:1.2", "cap:1.1")))
    assert (reason.rule, reason.sentence) == (
        Rule.NAMESPACE,
        "this is CAP 1.1; only CAP 1.2 is read here",
    )


@pytest.mark.parametrize("namespace", ["urn:x", ""])
def test_another_namespace_is_refused(namespace: str) -> None:
    assert refusal(changed((CAP, namespace))) == ("alert", Rule.NAMESPACE)


def test_another_outermost_element_is_refused() -> None:
    assert refusal(f'<info xmlns="{CAP}"/>'.encode()) == ("info", Rule.ROOT)


@pytest.mark.parametrize(
    ("old", "new", "element", "rule"),
    [
        ("<scope>", "<wave/><scope>", "alert/wave", Rule.ELEMENT_UNKNOWN),
        ("<event>", "<polygon/><event>", "alert/info[1]/polygon[1]", Rule.ELEMENT_UNKNOWN),
        ("<scope>", f'<a xmlns="{DSIG[:-1]}"/><scope>', "alert/a", Rule.ELEMENT_UNKNOWN),
        ("Tsunami<", "<b>Tsunami</b><", "alert/info[1]/event", Rule.ELEMENT_UNKNOWN),
        ("<scope>", "<note/><scope>", "alert/scope", Rule.ELEMENT_ORDER),
        ("<scope>", "<status>Actual</status><scope>", "alert/status", Rule.ELEMENT_ORDER),
        ("<event>", "<event>Flood</event><event>", "alert/info[1]/event", Rule.ELEMENT_REPEATED),
        ("<event>", '<event kind="x">', "alert/info[1]/event", Rule.ATTRIBUTE),
        ("<info>", '<info id="1">', "alert/info[1]", Rule.ATTRIBUTE),
        ("<scope>", "now<scope>", "alert", Rule.STRAY_TEXT),
        ("<area>", "<area>here", "alert/info[1]/area[1]", Rule.STRAY_TEXT),
        ("<info>", f"{SIGNATURE}<info>", "alert/info[1]", Rule.SIGNATURE),
    ],
)
def test_a_breach_of_form_names_the_element_and_the_rule(
    old: str, new: str, element: str, rule: Rule
) -> None:
    reasons = refusals(changed((old, new)))
    assert (reasons[0].element, reasons[0].rule) == (element, rule)


def test_where_a_schema_lies_may_be_said() -> None:
    said = f'xmlns:xsi="{SCHEMA}" xsi:schemaLocation="urn:x x.xsd"'
    assert contents_of_xml(changed(("<alert ", f"<alert {said} ")))


def test_what_may_come_again_is_counted_in_its_path() -> None:
    (reason,) = refusals(changed(("<circle>", "<wave/><circle>")))
    assert reason.element == "alert/info[1]/area[2]/wave"


def test_an_empty_language_is_none() -> None:
    contents = contents_of_xml(changed(("<language>en-US</language>", "<language/>")))
    assert "language" not in contents["info"][0]


def test_a_signature_is_kept_as_it_came() -> None:
    contents = contents_of_xml(changed(("</alert>", f"{SIGNATURE}</alert>")))
    assert contents["signature"] == [SIGNATURE]


@pytest.mark.parametrize(
    "signature",
    [
        f'<Object xmlns="{DSIG}"/>',
        f'<Signature xmlns="{DSIG}"><Object><alert xmlns="{CAP}"/></Object></Signature>',
        f'<Signature xmlns="{DSIG}" xmlns:i="{SCHEMA}" i:type="x"/>',
    ],
)
def test_what_only_looks_like_a_signature_is_refused(signature: str) -> None:
    reasons = refusals(changed(("</alert>", f"{signature}</alert>")))
    assert {reason.rule for reason in reasons} == {Rule.SIGNATURE}


def test_no_more_than_twenty_reasons_are_looked_for() -> None:
    assert len(refusals(changed(("<scope>", "<wave/>" * 1_000 + "<scope>")))) == 20
