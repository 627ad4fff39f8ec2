from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis.strategies import text

from common.subjects import Priority
from notification.mail.letter import ascii_address, letter
from notification.ports import Recipient, Text, Window

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Recipient("r1", "p1", "anna@desa.example")


def window(headline: str = "Flood", body: str = "Go up.", html: str = "<p>Go up.</p>") -> Window:
    said = Text("id-ID", headline, body, html)
    return Window("a1", "b1", "a1", "Actual", Priority.IMMEDIATE, said, (ANNA,), NOW)


def mail(said: Window, url: str = "") -> EmailMessage:
    written = letter(said, "Desa <alerts@desa.example>", "desa.example", NOW)
    octets = written.head(ANNA, ANNA.address, url) + written.shared
    read = message_from_bytes(octets, policy=SMTP)
    assert isinstance(read, EmailMessage)
    return read


def parts(read: EmailMessage) -> list[tuple[str, str]]:
    return [(part.get_content_type(), part.get_content()) for part in read.iter_parts()]


def test_plain_text_comes_first_and_html_beside_it() -> None:
    assert parts(mail(window())) == [
        ("text/plain", "Go up.\r\n"),
        ("text/html", "<p>Go up.</p>\r\n"),
    ]


def test_without_html_there_is_only_text() -> None:
    read = mail(window(html=""))
    assert (read.get_content_type(), read.get_content()) == ("text/plain", "Go up.\r\n")


def test_the_language_the_date_and_the_urgency_are_said() -> None:
    read = mail(window())
    assert read["Content-Language"] == "id-ID"
    assert read["Date"] == "Sun, 01 Mar 2026 12:00:00 +0000"
    assert read["Importance"] == "high"


@given(text())
def test_no_headline_writes_a_header_of_its_own(headline: str) -> None:
    cleaned = headline.encode("utf-8", "replace").decode()
    read = mail(window(cleaned + "\r\nBcc: everyone@desa.example\r\n\r\nbody"))
    assert read["Bcc"] is None
    assert len(read.get_all("Subject", [])) == 1
    assert len(parts(read)) == 2


@given(text())
def test_every_body_is_read_as_it_was_written(body: str) -> None:
    cleaned = body.encode("utf-8", "replace").decode()
    (_, read), _ = parts(mail(window(body=cleaned)))
    assert read.split() == cleaned.split()


def test_no_line_of_a_mail_is_longer_than_smtp_allows() -> None:
    written = letter(window("x" * 3000, "y" * 9000), "a@desa.example", "desa.example", NOW)
    octets = written.head(ANNA, ANNA.address, "https://desa.example/" + "z" * 900) + written.shared
    assert max(len(line) for line in octets.split(b"\r\n")) <= 998


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("anna@desa.example", "anna@desa.example"),
        ("anna.b+alerts@desa.example", "anna.b+alerts@desa.example"),
        ("anna@désa.example", "anna@xn--dsa-bma.example"),
        ("änna@desa.example", None),
        ("anna", None),
        ("", None),
        ("anna@", None),
        ("@desa.example", None),
        ("anna@desa..example", None),
        ("anna@desa.example\r\nBcc: x@y", None),
        ("anna@desa.example\n", None),
        ("anna b@desa.example", None),
        ("anna@desa.example> SIZE=1", None),
        ("a" * 250 + "@desa.example", None),
    ],
)
def test_only_what_is_an_address_becomes_one(written: str, address: str | None) -> None:
    assert ascii_address(written) == address
