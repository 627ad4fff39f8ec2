"""Callbacks are heard from whoever knows the secret, and taken when they are stored."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession

from common.events.notification import Outcome
from common.messaging.failures import TemporaryFailure
from notification.ports import Receipt
from notification.reason import Reason
from notification.shortmessage import callbacks
from notification.shortmessage.callbacks import CallbackServer, signature
from testkit.clock import NOON, StoppedClock

URL = "https://alerts.desa.example/twilio?lane=fast"
DELIVERED = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+628123", "Empty": ""}
DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+12349013030",
    "Digits": "1234",
    "From": "+12349013030",
    "To": "+18005551212",
}


class Company:
    """Calls back over HTTP, and sees which receipts are stored."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.stored: list[Receipt] = []
        self.is_full = False
        self.server = CallbackServer("twilio", f"{URL}#rc=5", "drum", self.store, StoppedClock())
        self.port = 0

    async def store(self, receipt: Receipt) -> None:
        if self.is_full:
            raise TemporaryFailure("the store is away")
        self.stored.append(receipt)

    async def call(self, form: dict[str, str], **how: str) -> int:
        """Call back; return the status that is answered."""
        word, url = how.get("word", "drum"), how.get("url", URL)
        headers = {"X-Twilio-Signature": signature(word, url, tuple(form.items()))}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        to = f"http://127.0.0.1:{self.port}/behind/a/proxy"
        body = how.get("body", urlencode(form))
        async with self.session.post(to, data=body.encode(), headers=headers) as answer:
            return answer.status


@pytest.fixture
async def company() -> AsyncIterator[Company]:
    async with ClientSession() as session:
        made = Company(session)
        made.port = await made.server.start("127.0.0.1", 0)
        yield made
        await made.server.close()


def test_the_signature_is_the_documented_one() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    fields = tuple(reversed(DOCUMENTED.items()))
    assert signature("12345", url, fields) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


async def test_a_callback_is_answered_when_its_receipt_is_stored(company: Company) -> None:
    assert await company.call(DELIVERED) == 204
    assert company.stored == [Receipt("twilio", "SM1", Outcome.DELIVERED, None, NOON)]


async def test_a_failure_says_why(company: Company) -> None:
    failed = DELIVERED | {"MessageStatus": "undelivered", "ErrorCode": "30005"}
    await company.call(failed)
    (receipt,) = company.stored
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, Reason.ADDRESS_UNKNOWN)


@pytest.mark.parametrize("changed", [{"MessageStatus": "sent"}, {"MessageSid": ""}])
async def test_what_tells_no_end_is_taken_and_not_stored(
    company: Company, changed: dict[str, str]
) -> None:
    assert await company.call(DELIVERED | changed) == 204
    assert company.stored == []


async def test_a_callback_that_could_not_be_stored_is_to_come_again(company: Company) -> None:
    company.is_full = True
    assert await company.call(DELIVERED) == 503
    company.is_full = False
    assert await company.call(DELIVERED) == 204
    assert len(company.stored) == 1


@pytest.mark.parametrize(
    "how",
    [
        {"word": "another"},
        {"url": "https://elsewhere.example/twilio"},
        {"body": "MessageSid=SM2&MessageStatus=delivered"},
        {"body": "%FF=%FF"},
        {"body": "&".join(["a=b"] * 500)},
    ],
)
async def test_a_forged_callback_is_refused(company: Company, how: dict[str, str]) -> None:
    assert await company.call(DELIVERED, **how) == 403
    assert company.stored == []


async def test_a_callback_without_a_signature_or_a_form_is_refused(company: Company) -> None:
    url = f"http://127.0.0.1:{company.port}/"
    async with company.session.post(url, data=DELIVERED) as answer:
        assert answer.status == 403
    async with company.session.post(url, json=DELIVERED) as answer:
        assert answer.status == 403


async def test_a_callback_may_be_signed_with_the_whole_url(company: Company) -> None:
    assert await company.call(DELIVERED, url=f"{URL}#rc=5") == 204


async def test_a_callback_of_unheard_of_size_is_refused(company: Company) -> None:
    assert await company.call(DELIVERED, body="a=" + "b" * 20_000) == 413


async def test_a_callback_that_is_never_finished_is_not_waited_for(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "BODY_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", company.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nMe")
    async with asyncio.timeout(3):
        assert await reader.readline() == b"HTTP/1.1 408 Request Timeout\r\n"
    writer.close()
    await writer.wait_closed()


async def test_two_listen_on_one_port_while_one_takes_the_place_of_the_other(
    company: Company,
) -> None:
    second = CallbackServer("twilio", URL, "drum", company.store, StoppedClock())
    assert await second.start("127.0.0.1", company.port) == company.port
    await company.server.close()
    await asyncio.sleep(0)
    assert await company.call(DELIVERED) == 204
    await second.close()
