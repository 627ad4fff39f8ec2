from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.subjects import Priority
from notification.mail.composing import Author
from notification.mail.dkim import DkimKey
from notification.mail.octets import Mail
from notification.mail.return_path import ReturnPaths
from notification.mail.unsubscribe import recipient_of
from notification.ports import Recipient, Text, Window

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Recipient("r1", "p1", "anna@désa.example")
PATHS = ReturnPaths("smtp", "reports.desa.example", "desa.example", b"only ours")
KEY = DkimKey("desa.example", "ed", Ed25519PrivateKey.generate())


def composed(author: Author) -> Mail:
    said = Text("id-ID", "Flood", "Go up.\n.\n")
    window = Window("a1", "b1", "a1", "Actual", Priority.ROUTINE, said, (ANNA,), NOW)
    return author.mail(author.letter(window, NOW), ANNA, "anna@xn--dsa-bma.example", NOW)


def read(mail: Mail) -> EmailMessage:
    octets = mail.content.removesuffix(b".\r\n").replace(b"\r\n.", b"\r\n")
    message = message_from_bytes(octets, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_goes_from_us_to_one_recipient() -> None:
    mail = composed(Author("Desa <alerts@desa.example>", "alerts@desa.example"))
    assert (mail.sender, mail.recipient) == ("alerts@desa.example", "anna@xn--dsa-bma.example")
    message = read(mail)
    assert message["To"] == "anna@xn--dsa-bma.example"
    assert message["From"] == "Desa <alerts@desa.example>"
    assert message["List-Unsubscribe"] is None
    assert message["DKIM-Signature"] is None
    assert message.get_content() == "Go up.\r\n.\r\n"


def test_reports_go_where_we_say() -> None:
    mail = composed(Author("Desa", "alerts@desa.example", return_path="bounces@desa.example"))
    assert mail.sender == "bounces@desa.example"


def test_reports_are_about_one_mail_where_we_take_them() -> None:
    mail = composed(Author("Desa", "alerts@desa.example", reports=PATHS))
    assert PATHS.message_id(mail.sender) == read(mail)["Message-ID"]


def test_a_mail_is_signed_with_every_key() -> None:
    message = read(composed(Author("Desa", "alerts@desa.example", keys=(KEY, KEY))))
    signatures = message.get_all("DKIM-Signature", [])
    assert len(signatures) == 2
    assert all("d=desa.example" in each for each in signatures)


def test_a_link_ends_the_subscription_of_its_recipient() -> None:
    url = "https://desa.example/stop/{token}"
    author = Author("Desa", "alerts@desa.example", unsubscribe_url=url, unsubscribe_secret=b"ours")
    link = read(composed(author))["List-Unsubscribe"].strip().strip("<>")
    assert recipient_of(b"ours", link.rpartition("/")[2]) == "r1"


def test_secrets_are_not_shown() -> None:
    shown = repr(Author("Desa", "a@desa.example", reports=PATHS, unsubscribe_secret=b"ours"))
    assert "ours" not in shown
