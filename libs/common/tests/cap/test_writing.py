import pytest
from hypothesis import given, settings
from lxml import etree

from common.cap import Alert, read, write_xml
from common.cap.layout import CAP, DSIG
from testkit.builders import alert, info
from testkit.cap_alerts import alerts
from testkit.samples import FLAGGED, NAMES, sample
from testkit.shared import messages, shared_cap

SIGNATURE = f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo/></ds:Signature>'
WARNING = sample("tsunami_warning").decode()


@settings(max_examples=100)
@given(alerts())
def test_what_is_written_is_read_as_the_same_alert(drawn: Alert) -> None:
    written = write_xml(drawn)
    again = read(written).alert
    assert again == drawn
    assert write_xml(again) == written


@pytest.mark.parametrize("name", [*NAMES, *FLAGGED])
def test_our_samples_mean_the_same_when_written(name: str) -> None:
    one = read(sample(name))
    assert read(write_xml(one.alert)).alert == one.alert


@pytest.mark.skipif(shared_cap() is None, reason="../shared/cap is not beside the repository")
def test_the_messages_of_others_mean_the_same_when_written() -> None:
    for name, content in messages("valid").items():
        one = read(content).alert
        assert read(write_xml(one)).alert == one, name


def test_elements_are_written_in_the_order_of_the_standard_without_blanks() -> None:
    root = etree.fromstring(write_xml(alert(note="n", code=("c",))))
    names = [etree.QName(child).localname for child in root]
    expected = "identifier sender sent status msgType scope code note info"
    assert names == expected.split()
    assert b">\n<" not in write_xml(alert()).removeprefix(b"<?xml").partition(b"?>\n")[2]


def test_what_is_absent_is_not_written() -> None:
    assert b"<headline" not in write_xml(alert(infos=(info(headline=None),)))
    assert b"<headline" in write_xml(alert(infos=(info(headline=""),)))


def test_a_carriage_return_survives() -> None:
    assert read(write_xml(alert(note="a\r\nb"))).alert.note == "a\r\nb"


@pytest.mark.parametrize("prefix", ["", "cap:", "warning:"])
def test_a_signature_and_the_prefixes_around_it_survive(prefix: str) -> None:
    document = (
        WARNING.replace("</alert>", f"{SIGNATURE}</alert>")
        .replace("</", f"</{prefix}")
        .replace(f"</{prefix}ds:", "</ds:")
    )
    for name in {etree.QName(one).localname for one in etree.fromstring(WARNING.encode()).iter()}:
        document = document.replace(f"<{name}", f"<{prefix}{name}")
    declared = f"xmlns:{prefix.rstrip(':')}=" if prefix else "xmlns="
    one = read(document.replace("xmlns=", declared, 1).encode()).alert
    assert read(write_xml(one)).alert == one
    assert f"<{prefix}alert {declared}" in write_xml(one).decode()


def test_a_signature_stands_after_everything_else() -> None:
    root = etree.fromstring(write_xml(alert(signatures=(SIGNATURE,))))
    assert root.tag == f"{{{CAP}}}alert"
    assert root[-1].tag == f"{{{DSIG}}}Signature"
