import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from smtplib import SMTP

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr, ValidationError

from common.clock import SystemClock
from common.events.notification import Outcome
from common.subjects import Priority
from notification.channels.email.smtp import Settings, SmtpProvider
from notification.mail.unsubscribe import recipient_of
from notification.ports import Accepted, ProviderDown, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.witness import Received, read
from testkit.contracts.channel import Practice
from testkit.ports import free_port

Makes = Callable[..., Window]
Taken = Callable[[str], list[Received]]
ANNA = "anna@desa.example"
SECRET = "only ours"


def settings(sandbox: Sandbox, **changed: object) -> Settings:
    known = {
        "practice": True,
        "port": sandbox.ports["email"],
        "sender_name": "Desa Pantai, peringatan",
        "sender_address": "alerts@desa.example",
        "unsubscribe_url": "https://desa.example/unsubscribe/{token}",
        "unsubscribe_secret": SecretStr(SECRET),
        "answer_seconds": 2.0,
        "connect_seconds": 5.0,
        "pause_seconds": 30.0,
    }
    return Settings.model_validate(known | changed)


async def unheard(receipt: Receipt) -> None:
    del receipt


def email_channel(sandbox: Sandbox, **changed: object) -> SmtpProvider:
    return SmtpProvider("smtp", settings(sandbox, **changed), unheard, SystemClock())


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    def received() -> list[Received]:
        return [each for each in read(sandbox.settings.home / "email.jsonl") if each.accepted]

    return Practice(
        make=lambda rehearsing: email_channel(sandbox, practice=rehearsing),
        addresses=lambda count: [f"p{number}@desa.example" for number in range(count)],
        refused="bounce@desa.example",
        malformed="anna@desa.example\r\nBcc: everyone@desa.example",
        silent="silent@desa.example",
        lost="lost@desa.example",
        window=make_window,
        received=lambda: [each.address for each in received()],
        texts=lambda: [each.text for each in received()],
        tell=lambda mode: sandbox.behaviors["email"].tell(Fault(mode=Mode(mode))),
        stop=sandbox.close,
    )


@pytest.fixture
async def channel(sandbox: Sandbox) -> AsyncIterator[SmtpProvider]:
    opened = email_channel(sandbox)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_mail_says_what_it_is_and_that_a_machine_wrote_it(
    channel: SmtpProvider, make_window: Makes, received: Taken
) -> None:
    await channel.send(make_window([ANNA], headline="Awas: pasang naik di Kalé"))
    (mail,) = received("email")
    assert mail.headline == "Awas: pasang naik di Kalé"
    assert mail.alert == "alert-1"
    assert mail.sender == "alerts@desa.example"
    assert mail.headers["From"] == '"Desa Pantai, peringatan" <alerts@desa.example>'
    assert mail.headers["To"] == ANNA
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert mail.headers["Content-Language"] == "en-US"
    assert mail.headers["Content-Type"].startswith("multipart/alternative")
    assert mail.headers["Date"].endswith("+0000")


async def test_a_mail_keeps_its_name_when_it_is_sent_again(
    channel: SmtpProvider, make_window: Makes, received: Taken
) -> None:
    for _ in range(2):
        (answer,) = await channel.send(make_window([ANNA]))
    first, second = received("email")
    assert isinstance(answer, Accepted)
    assert first.reference == second.reference == answer.message_id


async def test_a_follow_up_answers_the_first_mail_of_its_chain(
    channel: SmtpProvider, make_window: Makes, received: Taken
) -> None:
    await channel.send(make_window([ANNA]))
    await channel.send(make_window([ANNA], alert_id="alert-2"))
    first, second = received("email")
    assert second.reference != first.reference
    assert second.headers["In-Reply-To"] == first.reference
    assert second.headers["References"] == first.reference


async def test_one_click_ends_a_subscription_and_nobody_elses(
    channel: SmtpProvider, make_window: Makes, received: Taken
) -> None:
    await channel.send(make_window([ANNA]))
    (mail,) = received("email")
    link = mail.headers["List-Unsubscribe"].strip().strip("<>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith("https://desa.example/unsubscribe/")
    assert recipient_of(SECRET.encode(), link.rpartition("/")[2]) == "r0"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bounce", Reason.ADDRESS_UNKNOWN),
        ("nodomain", Reason.DOMAIN_UNKNOWN),
        ("disabled", Reason.ADDRESS_DISABLED),
        ("full", Reason.MAILBOX_FULL),
        ("blocked", Reason.BLOCKED_BY_PROVIDER),
        ("large", Reason.TEXT_TOO_LONG),
        ("plain", Reason.ADDRESS_UNKNOWN),
    ],
)
async def test_a_refusal_has_a_name(
    channel: SmtpProvider, make_window: Makes, name: str, reason: Reason
) -> None:
    answers = await channel.send(make_window([f"{name}@desa.example", ANNA]))
    assert answers[0] == Refused(reason)
    assert isinstance(answers[1], Accepted)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("tempfail", Reason.PROVIDER_FAILED),
        ("greylist", Reason.PROVIDER_BUSY),
        ("busy", Reason.PROVIDER_BUSY),
    ],
)
async def test_what_may_go_well_later_is_put_off(
    channel: SmtpProvider, make_window: Makes, name: str, reason: Reason
) -> None:
    answers = await channel.send(make_window([f"{name}@desa.example"]))
    assert answers == [PutOff(reason, 30.0)]


@pytest.mark.parametrize(
    ("name", "reason"), [("silent", Reason.ANSWER_OVERDUE), ("lost", Reason.CONNECTION_LOST)]
)
async def test_what_was_handed_over_without_an_answer_is_possibly_sent(
    channel: SmtpProvider, make_window: Makes, name: str, reason: Reason
) -> None:
    answers = await channel.send(make_window([f"{name}@desa.example"]))
    assert answers == [Unsure(reason)]


async def test_connections_are_kept_and_made_again_when_the_server_ended_them(
    sandbox: Sandbox, channel: SmtpProvider, make_window: Makes
) -> None:
    await channel.send(make_window([ANNA]))
    port = sandbox.ports["email"]
    await sandbox.close()
    again = sandbox.settings.model_copy(update={"email_port": port})
    async with type(sandbox)(again, SystemClock()):
        (answer,) = await channel.send(make_window([ANNA]))
    assert isinstance(answer, Accepted)


async def test_a_server_that_is_away_is_down(
    sandbox: Sandbox, channel: SmtpProvider, make_window: Makes
) -> None:
    await sandbox.close()
    with pytest.raises(ProviderDown):
        await channel.send(make_window([ANNA]))


async def test_what_is_urgent_says_so(
    channel: SmtpProvider, make_window: Makes, received: Taken
) -> None:
    await channel.send(make_window([ANNA], priority=Priority.ROUTINE, html=""))
    (mail,) = received("email")
    assert mail.headers["Content-Type"].startswith("text/plain")


def test_an_unsubscribe_link_is_https_and_cannot_be_guessed() -> None:
    for url in ("http://desa.example/{token}", "https://desa.example/"):
        with pytest.raises(ValidationError):
            Settings(unsubscribe_url=url, unsubscribe_secret=SecretStr(SECRET))
    with pytest.raises(ValidationError):
        Settings(unsubscribe_url="https://desa.example/{token}")


async def test_mail_is_signed_by_our_own_key(
    sandbox: Sandbox, make_window: Makes, received: Taken, tmp_path: Path
) -> None:
    key_file = tmp_path / "dkim.pem"
    key = Ed25519PrivateKey.generate()
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    provider = email_channel(sandbox, dkim=[{"selector": "s2026", "key_file": key_file}])
    await provider.open()
    await provider.send(make_window([ANNA]))
    await provider.close()
    (mail,) = received("email")
    signature = mail.headers["DKIM-Signature"]
    assert "a=ed25519-sha256" in signature
    assert "d=desa.example" in signature
    assert "s=s2026" in signature


def test_a_key_that_cannot_be_used_is_refused_before_anything_is_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="No such file"):
        email_channel(sandbox, dkim=[{"selector": "s", "key_file": tmp_path / "none.pem"}])
    (tmp_path / "odd.pem").write_text("secret")
    with pytest.raises(ValueError, match="a DKIM key is"):
        email_channel(sandbox, dkim=[{"selector": "s", "key_file": tmp_path / "odd.pem"}])


REPORT = (
    'Content-Type: multipart/report; report-type=delivery-status; boundary="parts"\r\n\r\n'
    "--parts\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; kota.example\r\n\r\n"
    "Final-Recipient: rfc822; anna@desa.example\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
    "--parts--\r\n"
)


def report(port: int, to: str) -> None:
    with SMTP("127.0.0.1", port, "kota.example", timeout=5) as client:
        client.sendmail("", to, REPORT)


async def test_a_report_about_a_mail_becomes_its_receipt(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    receipts: list[Receipt] = []

    async def hear(receipt: Receipt) -> None:
        receipts.append(receipt)

    port = free_port()
    known = settings(
        sandbox,
        reports_domain="reports.desa.example",
        reports_secret=SecretStr(SECRET),
        reports_port=port,
    )
    provider = SmtpProvider("smtp", known, hear, SystemClock())
    await provider.open()
    (answer,) = await provider.send(make_window([ANNA]))
    (mail,) = received("email")
    await asyncio.to_thread(report, port, mail.sender)
    await provider.close()
    assert isinstance(answer, Accepted)
    assert answer.receipt_possible
    told = [(each.provider, each.message_id, each.outcome, each.reason) for each in receipts]
    assert told == [("smtp", answer.message_id, Outcome.FAILED, Reason.MAILBOX_FULL)]


def test_a_password_is_not_said_to_a_live_server_in_clear() -> None:
    with pytest.raises(ValidationError):
        Settings(user="desa", password=SecretStr("secret"))
    for known in ({"security": "starttls"}, {"security": "tls"}, {"practice": True}):
        allowed = Settings.model_validate({"user": "desa", "password": "secret", **known})
        assert allowed.user == "desa"


def test_reports_are_not_taken_without_a_seal() -> None:
    for known in ({}, {"reports_domain": "desa.example"}, {"reports_secret": SECRET}):
        with pytest.raises(ValidationError):
            Settings.model_validate({"reports_port": 2525, **known})


async def test_a_cancelled_window_is_not_sent_on(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    provider = email_channel(sandbox, connections=1)
    await provider.open()
    people = ["slow@desa.example", *(f"p{number}@desa.example" for number in range(20))]
    sending = asyncio.create_task(provider.send(make_window(people)))
    await asyncio.sleep(0.1)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await provider.close()
    assert len(received("email")) < len(people)
