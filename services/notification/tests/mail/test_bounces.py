import pytest
from hypothesis import given
from hypothesis.strategies import binary, lists, sampled_from

from common.events.notification import Outcome
from notification.mail.bounces import Report, read_report
from notification.reason import Reason

HEAD = (
    "From: MAILER-DAEMON@kota.example\r\n"
    "Subject: Undelivered Mail Returned to Sender\r\n"
    "Auto-Submitted: auto-replied\r\n"
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="parts"\r\n\r\n'
    "--parts\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
    "I am sorry to have to inform you.\r\n\r\n"
)
RETURNED = (
    "--parts\r\nContent-Type: message/rfc822\r\n\r\n"
    "From: alerts@desa.example\r\nSubject: Flood\r\n\r\nGo up.\r\n\r\n--parts--\r\n"
)


def told(**fields: str) -> str:
    named = {"Final-Recipient": "rfc822; anna@kota.example", **fields}
    return "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())


def report(*recipients: str, returned: str = RETURNED) -> bytes:
    about = "\r\n".join(["Reporting-MTA: dns; kota.example\r\n", *recipients])
    status = f"--parts\r\nContent-Type: message/delivery-status\r\n\r\n{about}\r\n"
    return (HEAD + status + returned).encode()


FAILED = told(Action="failed", Status="5.1.1")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"Status": "5.1.1"}, Reason.ADDRESS_UNKNOWN),
        ({"Status": "5.1.1 (bad destination mailbox)"}, Reason.ADDRESS_UNKNOWN),
        ({"Status": "5.1.10"}, Reason.DOMAIN_UNKNOWN),
        ({"Status": "5.2.2"}, Reason.MAILBOX_FULL),
        ({"Status": "5.7.1"}, Reason.BLOCKED_BY_PROVIDER),
        ({"Status": "4.4.7"}, Reason.UNDELIVERABLE),
        ({"Status": "4.4.1"}, Reason.PROVIDER_UNREACHABLE),
        ({"Status": "5.0.0"}, Reason.UNDELIVERABLE),
        ({"Status": "2.0.0"}, Reason.UNDELIVERABLE),
        ({"Status": "odd"}, Reason.UNDELIVERABLE),
        ({}, Reason.UNDELIVERABLE),
        (
            {"Status": "5.0.0", "Diagnostic_Code": "smtp; 550 5.2.1 mailbox disabled"},
            Reason.ADDRESS_DISABLED,
        ),
        ({"Diagnostic_Code": "SMTP;552-5.2.2 over\r\n quota"}, Reason.MAILBOX_FULL),
        ({"Diagnostic_Code": "smtp; 550 no such user"}, Reason.ADDRESS_UNKNOWN),
        ({"Diagnostic_Code": "x-unix; 67"}, Reason.UNDELIVERABLE),
    ],
)
def test_a_failure_has_a_name(fields: dict[str, str], reason: Reason) -> None:
    assert read_report(report(told(Action="failed", **fields))) == Report(Outcome.FAILED, reason)


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "Delayed (will retry)", "x"])
def test_what_has_not_come_to_its_end_is_no_failure(action: str) -> None:
    assert read_report(report(told(Action=action, Status="4.4.1"))) is None


def test_what_was_delivered_is_delivered() -> None:
    delivered = told(Action="delivered", Status="2.0.0")
    assert read_report(report(delivered)) == Report(Outcome.DELIVERED)


def test_one_failure_is_the_end_of_a_mail_that_was_passed_on_to_several() -> None:
    delivered, delayed = told(Action="delivered"), told(Action="delayed")
    assert read_report(report(delayed, delivered)) == Report(Outcome.DELIVERED)
    failed = read_report(report(delayed, delivered, FAILED))
    assert failed == Report(Outcome.FAILED, Reason.ADDRESS_UNKNOWN)


def test_capitals_and_folded_lines_are_read() -> None:
    odd = (
        "FINAL-RECIPIENT: rfc822;\r\n anna@kota.example\r\nACTION:\r\n FAILED\r\nSTATUS:  5.2.2\r\n"
    )
    assert read_report(report(odd)) == Report(Outcome.FAILED, Reason.MAILBOX_FULL)


def test_a_report_inside_the_returned_mail_is_not_about_it() -> None:
    inside = report(FAILED).decode().replace("parts", "inner")
    returned = f"--parts\r\nContent-Type: message/rfc822\r\n\r\n{inside}\r\n--parts--\r\n"
    assert read_report(report(told(Action="delayed"), returned=returned)) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"I am on holiday.",
        b"Subject: Re: Flood\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
        HEAD.encode(),
        report(),
    ],
)
def test_what_is_no_report_tells_nothing(octets: bytes) -> None:
    assert read_report(octets) is None


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        b"Content-Type: MULTIPART/digest; Boundary=y\r\n\r\n--y\r\n",
    ],
)
def test_nobody_makes_us_read_a_mail_in_a_mail_in_a_mail_for_ever(part: bytes) -> None:
    assert read_report(part * 5_000) is None


@given(binary())
def test_whatever_comes_is_read_or_tells_nothing(octets: bytes) -> None:
    assert read_report(octets) is None


@given(lists(sampled_from(report(FAILED).splitlines(keepends=True))))
def test_reports_in_disorder_are_read_without_falling_over(lines: list[bytes]) -> None:
    read = read_report(b"".join(lines))
    assert read is None or read.outcome is Outcome.FAILED
