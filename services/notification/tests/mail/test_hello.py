import ssl
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from notification.mail.fate import Cause
from notification.mail.hello import Patience, Server, ServerAwayError, hello
from notification.mail.offers import Offers
from notification.reason import Reason


def encoded(word: str) -> str:
    return b64encode(word.encode()).decode()


def server_at(port: int, **changed: Any) -> Server:
    return Server("127.0.0.1", port, "desa.example", **changed)


async def opened(server: Server, patience: Patience) -> Offers:
    link, offers = await hello(server, patience)
    link.end(Cause.CLOSED)
    return offers


async def refused(server: Server, patience: Patience) -> Reason:
    with pytest.raises(ServerAwayError) as caught:
        await hello(server, patience)
    return caught.value.reason


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


async def test_a_server_is_greeted_by_our_name_and_says_what_it_offers(
    playing: Any, impatient: Patience
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("PIPELINING", "SIZE 100")
        assert server.heard == ["EHLO desa.example"]
        await server.gone()

    async with playing(talk) as port:
        offers = await opened(server_at(port), impatient)
    assert offers == Offers(pipelining=True, sizes=True, largest=100)


async def test_a_server_that_knows_no_ehlo_is_told_helo(playing: Any, impatient: Patience) -> None:
    async def talk(server: Any) -> None:
        server.says("220-welcome", "220 to an old server")
        await server.hears("EHLO")
        server.says("502 what")
        await server.hears("HELO desa.example")
        server.says("250 hello")
        await server.gone()

    async with playing(talk) as port:
        assert await opened(server_at(port), impatient) == Offers()


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        ("421 4.7.0 too many connections", Reason.BLOCKED_BY_PROVIDER),
        ("421 too many connections", Reason.PROVIDER_BUSY),
        ("554 no mail here", Reason.BLOCKED_BY_PROVIDER),
        ("SSH-2.0-OpenSSH_9.2", Reason.PROVIDER_UNREACHABLE),
        ("354 go on", Reason.PROVIDER_FAILED),
    ],
)
async def test_a_server_that_does_not_want_us_is_away_for_a_reason(
    playing: Any, impatient: Patience, greeting: str, reason: Reason
) -> None:
    async def talk(server: Any) -> None:
        server.says(greeting)
        await server.gone()

    async with playing(talk) as port:
        assert await refused(server_at(port), impatient) is reason


async def test_a_server_that_says_nothing_is_away(playing: Any) -> None:
    async def talk(server: Any) -> None:
        await server.gone()

    async with playing(talk) as port:
        with pytest.raises(ServerAwayError, match="no answer in time") as caught:
            await hello(server_at(port), Patience(connect_seconds=0.1))
    assert caught.value.reason is Reason.PROVIDER_UNREACHABLE


async def test_nobody_at_a_port_is_away(playing: Any, impatient: Patience) -> None:
    async def talk(server: Any) -> None:
        await server.gone()

    async with playing(talk) as port:
        pass
    assert await refused(server_at(port), impatient) is Reason.PROVIDER_UNREACHABLE


async def test_after_starttls_only_what_is_offered_in_tls_counts(
    playing: Any, impatient: Patience, certificate: Path, trust: ssl.SSLContext
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("STARTTLS", "PIPELINING", "AUTH PLAIN")
        await server.hears("STARTTLS")
        server.says("220 go on")
        await server.writer.start_tls(serving(certificate))
        await server.hears("EHLO")
        server.says("250-desa.example", "250 SIZE 5")
        await server.gone()

    async with playing(talk) as port:
        offers = await opened(server_at(port, security="starttls", trust=trust), impatient)
    assert offers == Offers(sizes=True, largest=5)


async def test_mail_is_not_sent_in_clear_because_starttls_was_taken_from_the_offers(
    playing: Any, impatient: Patience, trust: ssl.SSLContext
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("PIPELINING")
        await server.gone()
        assert server.heard == ["EHLO desa.example"]

    async with playing(talk) as port:
        reason = await refused(server_at(port, security="starttls", trust=trust), impatient)
    assert reason is Reason.PROVIDER_UNREACHABLE


async def test_what_is_said_between_starttls_and_tls_ends_the_conversation(
    playing: Any, impatient: Patience, trust: ssl.SSLContext
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("STARTTLS")
        await server.hears("STARTTLS")
        server.says("220 go on", "250-desa.example", "250 AUTH PLAIN")
        await server.gone()
        assert server.heard == ["EHLO desa.example", "STARTTLS"]

    async with playing(talk) as port:
        reason = await refused(server_at(port, security="starttls", trust=trust), impatient)
    assert reason is Reason.PROVIDER_UNREACHABLE


async def test_tls_from_the_first_octet(
    playing: Any, impatient: Patience, certificate: Path, trust: ssl.SSLContext
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("PIPELINING")
        await server.gone()

    async with playing(talk, serving(certificate)) as port:
        offers = await opened(server_at(port, security="tls", trust=trust), impatient)
    assert offers == Offers(pipelining=True)


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    playing: Any, impatient: Patience, certificate: Path
) -> None:
    async def talk(server: Any) -> None:
        await server.gone()
        assert server.heard == []

    async with playing(talk, serving(certificate)) as port:
        reason = await refused(server_at(port, security="tls"), impatient)
    assert reason is Reason.PROVIDER_UNREACHABLE


async def test_a_certificate_that_nobody_vouches_for_is_not_believed_after_starttls(
    playing: Any, impatient: Patience, certificate: Path
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("STARTTLS", "AUTH PLAIN")
        await server.hears("STARTTLS")
        server.says("220 go on")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await server.writer.start_tls(serving(certificate))

    async with playing(talk) as port:
        known = server_at(port, security="starttls", user="desa", password="secret")
        assert await refused(known, impatient) is Reason.PROVIDER_UNREACHABLE


async def test_a_certificate_for_another_name_is_not_believed(
    playing: Any, impatient: Patience, certificate: Path, trust: ssl.SSLContext
) -> None:
    async def talk(server: Any) -> None:
        await server.gone()

    async with playing(talk, serving(certificate)) as port:
        named = Server("localhost", port, "desa.example", security="tls", trust=trust)
        assert await refused(named, impatient) is Reason.PROVIDER_UNREACHABLE


async def test_a_login_is_said_in_one_line_where_that_is_offered(
    playing: Any, impatient: Patience, certificate: Path, trust: ssl.SSLContext
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("AUTH LOGIN PLAIN")
        await server.hears(f"AUTH PLAIN {encoded(chr(0) + 'desa' + chr(0) + 'sécret')}")
        server.says("235 2.7.0 welcome")
        await server.gone()

    async with playing(talk, serving(certificate)) as port:
        known = server_at(port, security="tls", trust=trust, user="desa", password="sécret")
        await opened(known, impatient)


async def test_a_login_is_said_in_three_lines_elsewhere(playing: Any, impatient: Patience) -> None:
    async def talk(server: Any) -> None:
        await server.greets("AUTH LOGIN")
        await server.hears("AUTH LOGIN")
        server.says("334 VXNlcm5hbWU6")
        await server.hears(encoded("desa"))
        server.says("334 UGFzc3dvcmQ6")
        await server.hears(encoded("secret"))
        server.says("235 welcome")
        await server.gone()

    async with playing(talk) as port:
        known = server_at(port, login_in_clear=True, user="desa", password="secret")
        await opened(known, impatient)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("535 5.7.8 who are you", Reason.CREDENTIALS_REFUSED),
        ("535 5.7.1 no", Reason.CREDENTIALS_REFUSED),
        ("454 4.7.0 come again", Reason.BLOCKED_BY_PROVIDER),
        ("334 more", Reason.PROVIDER_FAILED),
    ],
)
async def test_a_login_that_fails_says_why(
    playing: Any, impatient: Patience, reply: str, reason: Reason
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("AUTH PLAIN")
        await server.hears("AUTH PLAIN")
        server.says(reply)
        await server.gone()

    async with playing(talk) as port:
        known = server_at(port, login_in_clear=True, user="desa", password="secret")
        assert await refused(known, impatient) is reason


async def test_a_password_is_never_said_in_clear_to_a_live_server(
    playing: Any, impatient: Patience
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("AUTH PLAIN")
        await server.gone()
        assert server.heard == ["EHLO desa.example"]

    async with playing(talk) as port:
        reason = await refused(server_at(port, user="desa", password="secret"), impatient)
    assert reason is Reason.CREDENTIALS_REFUSED


async def test_a_server_without_a_login_we_know_is_told_no_password(
    playing: Any, impatient: Patience
) -> None:
    async def talk(server: Any) -> None:
        await server.greets("AUTH CRAM-MD5")
        await server.gone()
        assert server.heard == ["EHLO desa.example"]

    async with playing(talk) as port:
        known = server_at(port, login_in_clear=True, user="desa", password="secret")
        assert await refused(known, impatient) is Reason.CREDENTIALS_REFUSED
