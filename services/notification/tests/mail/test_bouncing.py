import asyncio
from collections.abc import AsyncIterator
from smtplib import SMTP, SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

import pytest

from common.events.notification import Outcome
from common.messaging.failures import TemporaryFailure
from notification.mail import bouncing
from notification.mail.bouncing import LARGEST_REPORT_OCTETS, ReportServer
from notification.mail.return_path import ReturnPaths
from notification.ports import Receipt
from notification.reason import Reason
from testkit.clock import NOON, StoppedClock

FIRST = ReturnPaths("first", "reports.desa.example", "desa.example", b"only ours")
SECOND = ReturnPaths("second", "reports.desa.example", "desa.example", b"only ours")
MAIL = "<0123456789abcdef0123456789abcdef@desa.example>"


def report(action: str = "failed", status: str = "5.1.1", more: str = "") -> str:
    return (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="parts"\r\n\r\n'
        f"--parts\r\nContent-Type: text/plain\r\n\r\nSorry. {more}\r\n"
        "--parts\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; kota.example\r\n\r\n"
        "Final-Recipient: rfc822; anna@kota.example\r\n"
        f"Action: {action}\r\nStatus: {status}\r\n\r\n--parts--\r\n"
    )


class Desk:
    """Notes receipts, once it is let."""

    def __init__(self) -> None:
        self.noted: list[Receipt] = []
        self.failures: list[Exception] = []
        self.let = asyncio.Event()
        self.let.set()

    async def take(self, receipt: Receipt) -> None:
        await self.let.wait()
        if self.failures:
            raise self.failures.pop()
        self.noted.append(receipt)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def port(desk: Desk) -> AsyncIterator[int]:
    server = ReportServer((FIRST, SECOND), desk.take, StoppedClock())
    yield await server.start("127.0.0.1", 0)
    await server.close()


def deliver(port: int, to: str | list[str], content: str) -> None:
    with SMTP("127.0.0.1", port, "kota.example", timeout=5) as client:
        client.sendmail("", to, content)


async def delivered(port: int, to: str | list[str], content: str) -> None:
    await asyncio.to_thread(deliver, port, to, content)


async def test_a_report_becomes_the_receipt_of_its_mail(desk: Desk, port: int) -> None:
    await delivered(port, SECOND.of(MAIL), report())
    failed = Receipt("second", MAIL, Outcome.FAILED, Reason.ADDRESS_UNKNOWN, NOON)
    assert desk.noted == [failed]


async def test_a_report_is_taken_when_its_receipt_is_stored_and_not_before(
    desk: Desk, port: int
) -> None:
    desk.let.clear()
    handing_over = asyncio.create_task(delivered(port, FIRST.of(MAIL), report()))
    await asyncio.sleep(0.1)
    assert not handing_over.done()
    desk.let.set()
    await handing_over
    assert len(desk.noted) == 1


@pytest.mark.parametrize("failure", [TemporaryFailure("disk full"), RuntimeError("ours")])
async def test_a_report_that_could_not_be_stored_comes_again(
    desk: Desk, port: int, failure: Exception
) -> None:
    desk.failures.append(failure)
    with pytest.raises(SMTPDataError) as caught:
        await delivered(port, FIRST.of(MAIL), report())
    assert caught.value.smtp_code == 451
    await delivered(port, FIRST.of(MAIL), report())
    assert len(desk.noted) == 1


@pytest.mark.parametrize(
    "address",
    [
        "anna@desa.example",
        "postmaster@reports.desa.example",
        FIRST.of(MAIL).replace("0", "1"),
        ReturnPaths("first", "reports.desa.example", "desa.example", b"guessed").of(MAIL),
    ],
)
async def test_a_stranger_is_refused(desk: Desk, port: int, address: str) -> None:
    with pytest.raises(SMTPRecipientsRefused) as caught:
        await delivered(port, address, report())
    assert [code for code, _ in caught.value.recipients.values()] == [550]
    assert desk.noted == []


async def test_a_mail_that_tells_no_end_is_let_go(desk: Desk, port: int) -> None:
    for content in ("Subject: I am on holiday\r\n\r\nBye.\r\n", report("delayed", "4.4.1")):
        await delivered(port, FIRST.of(MAIL), content)
    assert desk.noted == []


async def test_reports_come_one_at_a_time(desk: Desk, port: int) -> None:
    await delivered(port, [FIRST.of(MAIL), SECOND.of(MAIL)], report())
    assert [receipt.provider for receipt in desk.noted] == ["first"]


async def test_a_report_may_not_be_as_large_as_one_likes(desk: Desk, port: int) -> None:
    with pytest.raises(SMTPResponseException) as caught:
        await delivered(port, FIRST.of(MAIL), report(more="x " * LARGEST_REPORT_OCTETS))
    assert caught.value.smtp_code == 552
    assert desk.noted == []


async def test_there_are_no_more_connections_than_there_may_be(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bouncing, "MOST_CONNECTIONS", 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert (await reader.readline()).startswith(b"220")
    turned_away, second = await asyncio.open_connection("127.0.0.1", port)
    assert (await turned_away.read()).startswith(b"421")
    second.close()
    writer.close()
    await writer.wait_closed()
    await delivered(port, FIRST.of(MAIL), report())
