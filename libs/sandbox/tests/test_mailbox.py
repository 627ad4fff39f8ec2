import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest

from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read

ANNA = "anna@desa.example"


def mail(to: str = ANNA) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Awas, air pasang di Kalé"
    message["From"] = "alerts@desa.example"
    message["To"] = to
    message["Message-ID"] = "<a1.anna@desa.example>"
    message["Kentongan-Alert"] = "alert-1"
    message.set_content("Pergi ke tempat tinggi.\n")
    message.add_alternative("<p>Pergi</p>", subtype="html")
    return message


def received(sandbox: Sandbox) -> list[Received]:
    return read(sandbox.settings.home / "email.jsonl")


@pytest.fixture
async def client(running: Sandbox) -> AsyncIterator[aiosmtplib.SMTP]:
    made = aiosmtplib.SMTP(hostname="127.0.0.1", port=running.ports["email"], timeout=0.5)
    await made.connect()
    yield made
    made.close()


async def test_a_mail_is_on_disk_when_it_is_answered(
    running: Sandbox, client: aiosmtplib.SMTP
) -> None:
    _, answer = await client.send_message(mail())
    (taken,) = received(running)
    assert answer == f"2.0.0 taken as {taken.id}"
    assert (taken.headline, taken.text) == ("Awas, air pasang di Kalé", "Pergi ke tempat tinggi.\n")
    assert (taken.alert, taken.reference) == ("alert-1", "<a1.anna@desa.example>")


@pytest.mark.parametrize(
    ("name", "code"), [("bounce", 550), ("full", 552), ("tempfail", 451), ("disabled", 550)]
)
async def test_a_magic_name_is_refused_as_a_recipient(
    running: Sandbox, client: aiosmtplib.SMTP, name: str, code: int
) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await client.send_message(mail(f"{name}+anna@desa.example"))
    assert refused.value.recipients[0].code == code
    assert [each.accepted for each in received(running)] == [False]


async def test_a_magic_name_is_refused_after_the_data(client: aiosmtplib.SMTP) -> None:
    with pytest.raises(aiosmtplib.SMTPDataError, match=r"5\.7\.1"):
        await client.send_message(mail("blocked@desa.example"))


async def test_a_greylisted_mail_is_taken_the_second_time(
    running: Sandbox, client: aiosmtplib.SMTP
) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await client.send_message(mail("greylist@desa.example"))
    await client.send_message(mail("greylist@desa.example"))
    assert [each.accepted for each in received(running)] == [False, True]


@pytest.mark.parametrize("name", ["silent", "lost"])
async def test_what_was_taken_and_not_answered_was_received(
    running: Sandbox, client: aiosmtplib.SMTP, name: str
) -> None:
    with pytest.raises((aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPServerDisconnected)):
        await client.send_message(mail(f"{name}@desa.example"))
    assert [each.accepted for each in received(running)] == [True]


async def test_the_mailbox_behaves_as_it_is_told(running: Sandbox, client: aiosmtplib.SMTP) -> None:
    running.behaviors["email"].tell(Fault(mode=Mode.REFUSE))
    with pytest.raises(aiosmtplib.SMTPDataError, match="told to refuse"):
        await client.send_message(mail())


async def test_many_connections_are_served_beside_each_other(running: Sandbox) -> None:
    async def send() -> None:
        port = running.ports["email"]
        await aiosmtplib.send(mail(), hostname="127.0.0.1", port=port)

    await asyncio.gather(*(send() for _ in range(20)))
    assert len(received(running)) == 20
