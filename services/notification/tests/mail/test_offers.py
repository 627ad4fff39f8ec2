import pytest

from notification.mail.octets import Mail
from notification.mail.offers import (
    ADDRESS_NOT_PLAIN,
    LINE_TOO_LONG,
    NOT_PLAIN,
    TOO_LARGE,
    Offers,
)
from notification.mail.reply import Reply

EVERYTHING = Offers.of(
    Reply(
        250,
        "desa.example hello\nPIPELINING\nSIZE 1000\nstarttls\nAUTH PLAIN login\nAUTH=CRAM-MD5\n"
        "8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\n",
    )
)
NOTHING = Offers.of(Reply(250, "PIPELINING is only a greeting"))


def mail(recipient: str = "anna@desa.example", rest: bytes = b"\r\nGo up.\r\n") -> Mail:
    return Mail("alerts@desa.example", recipient, b"To: anna\r\n", rest)


def test_what_is_offered_is_read() -> None:
    assert (
        Offers(
            pipelining=True,
            starttls=True,
            eight_bits=True,
            international=True,
            sizes=True,
            largest=1000,
            logins=frozenset({"PLAIN", "LOGIN", "CRAM-MD5"}),
        )
        == EVERYTHING
    )


def test_a_greeting_offers_nothing() -> None:
    assert Offers() == NOTHING


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE many", "SIZE -1", "SIZE ²"])
def test_a_size_without_a_figure_is_no_limit(size: str) -> None:
    offers = Offers.of(Reply(250, f"desa.example\n{size}"))
    assert (offers.sizes, offers.largest) == (True, 0)


@pytest.mark.parametrize(
    ("refused", "offers", "refusal"),
    [
        (mail(), NOTHING, None),
        (mail(rest=b"x\r\n" * 400), EVERYTHING, TOO_LARGE),
        (mail(rest=b"x\r\n" * 400), NOTHING, None),
        (mail(rest=b"x" * 998), NOTHING, None),
        (mail(rest=b"x" * 999), NOTHING, LINE_TOO_LONG),
        (mail(rest=b"\xc3\xa9"), NOTHING, NOT_PLAIN),
        (mail(rest=b"\xc3\xa9"), EVERYTHING, None),
        (mail("änna@desa.example"), NOTHING, ADDRESS_NOT_PLAIN),
        (mail("änna@desa.example"), EVERYTHING, None),
    ],
)
def test_what_a_server_cannot_take_is_known_before(
    refused: Mail, offers: Offers, refusal: Reply | None
) -> None:
    assert offers.refusal(refused) == refusal


def test_an_envelope_says_only_what_was_offered() -> None:
    to = b"RCPT TO:<anna@desa.example>\r\n"
    assert NOTHING.envelope(mail()) == (b"MAIL FROM:<alerts@desa.example>\r\n", to)
    assert EVERYTHING.envelope(mail()) == (b"MAIL FROM:<alerts@desa.example> SIZE=20\r\n", to)


def test_an_envelope_says_what_a_mail_needs() -> None:
    said, to = EVERYTHING.envelope(mail("änna@desa.example", b"\xc3\xa9"))
    assert said == b"MAIL FROM:<alerts@desa.example> SIZE=14 BODY=8BITMIME SMTPUTF8\r\n"
    assert to == "RCPT TO:<änna@desa.example>\r\n".encode()
