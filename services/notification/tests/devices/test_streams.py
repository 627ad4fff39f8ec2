import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notification.devices import streams as module
from notification.devices.stream import NotSentError
from notification.devices.streams import Streams
from notification.web.answered import Answered
from testkit.certificates import write_certificate
from testkit.http2 import Peer, Peers, listening


@pytest.fixture
async def streams(peers: Peers) -> AsyncIterator[Streams]:
    made = Streams(peers.origin, 10.0, 10.0)
    yield made
    await made.close()


async def posted(streams: Streams, count: int) -> list[Answered | BaseException]:
    return await asyncio.gather(
        *(streams.post(f"/{number}", (("x", "y"),), b"z") for number in range(count)),
        return_exceptions=True,
    )


def paths(answers: list[Answered | BaseException]) -> list[str]:
    return [each.headers["x-path"] for each in answers if isinstance(each, Answered)]


async def test_all_share_one_connection(peers: Peers, streams: Streams) -> None:
    assert paths(await posted(streams, 50)) == [f"/{number}" for number in range(50)]
    assert len(peers.connections) == 1


async def test_what_a_server_that_leaves_did_not_take_is_asked_again_and_nothing_twice(
    peers: Peers, streams: Streams
) -> None:
    async def leaves_at_the_tenth(peer: Peer, number: int) -> None:
        if peer is not peers.connections[0]:
            peer.answer(number)
        elif number == 19:
            peer.leave(9)
            for each in (1, 3, 5, 7, 9):
                peer.answer(each)

    peers.hears = leaves_at_the_tenth
    assert sorted(paths(await posted(streams, 10))) == [f"/{number}" for number in range(10)]
    assert len(peers.connections) == 2
    taken = [*peers.requests[:5], *peers.requests[10:]]
    assert sorted(taken) == [f"/{number}" for number in range(10)]


async def test_whoever_leaves_each_time_has_taken_nothing(peers: Peers, streams: Streams) -> None:
    async def leaves(peer: Peer, number: int) -> None:
        del number
        peer.leave(0)

    peers.hears = leaves
    (answer,) = await posted(streams, 1)
    assert type(answer) is NotSentError
    assert len(peers.connections) == 3


async def test_a_connection_that_was_lost_is_made_anew_for_what_comes_next(
    peers: Peers, streams: Streams
) -> None:
    async def hangs_up_once(peer: Peer, number: int) -> None:
        if peer is peers.connections[0]:
            peer.hang_up()
        else:
            peer.answer(number)

    peers.hears = hangs_up_once
    assert [type(each) for each in await posted(streams, 1)] == [ConnectionResetError]
    assert [type(each) for each in await posted(streams, 1)] == [Answered]


async def test_a_connection_that_fell_silent_is_found_out_before_anything_is_asked(
    peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = Streams(peers.origin, 1.0, 10.0)
    await posted(streams, 1)
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.0)
    await posted(streams, 1)
    assert len(peers.connections) == 1
    peers.connections[0].is_deaf = True
    assert [type(each) for each in await posted(streams, 1)] == [Answered]
    assert len(peers.connections) == 2
    await streams.close()


async def test_whoever_cannot_be_reached_is_tried_once_for_all_who_wait() -> None:
    nobody = Streams("http://127.0.0.1:1", 0.3, 0.3)
    assert {type(each) for each in await posted(nobody, 100)} == {NotSentError}
    await nobody.close()


def serving(certificate: Path, protocol: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols([protocol])
    return context


@pytest.mark.parametrize(
    ("protocol", "trusted", "kind"),
    [
        ("h2", True, Answered),
        ("h2", False, NotSentError),
        ("http/1.1", True, NotSentError),
    ],
)
async def test_over_tls_it_speaks_to_whom_it_trusts_and_who_speaks_http2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str, *, trusted: bool, kind: type
) -> None:
    certificate = tmp_path / "certificate.pem"
    write_certificate(certificate)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with listening(serving(certificate, protocol)) as peers:
        secured = Streams(f"https://127.0.0.1:{peers.port}", 10.0, 10.0)
        answers = await posted(secured, 1)
        await secured.close()
    assert [type(each) for each in answers] == [kind]
