"""Kannel's bearerbox, an ESME by others, sends through our server and hears receipts from it."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from smpp import (
    BindType,
    CommandStatus,
    DeliverSm,
    MessageState,
    Receipt,
    Server,
    SubmitSm,
    concatenation_of,
    decode_text,
    split_user_data,
)

if TYPE_CHECKING:
    from libs.smpp.tests.conftest import TakingSmsc

SBIN = "/usr/sbin:/usr/local/sbin"
BEARERBOX = shutil.which("bearerbox", path=SBIN)
SMSBOX = shutil.which("smsbox", path=SBIN)
pytestmark = pytest.mark.skipif(
    BEARERBOX is None or SMSBOX is None,
    reason="needs bearerbox and smsbox of Debian's package kannel",
)

CORE = """
group = core
admin-port = {admin}
admin-password = bar
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
store-type = file
store-location = {folder}/store
log-level = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
global-sender = DESA
log-level = 1

group = sendsms-user
username = u
password = p
concatenation = true
max-messages = 10

group = sms-service
keyword = default
get-url = "http://127.0.0.1:{web}/reply?from=%p&text=%a"
max-messages = 0
"""
SESSION = """
group = smsc
smsc = smpp
smsc-id = ours
host = 127.0.0.1
smsc-username = village
smsc-password = secret
system-type = ""
enquire-link-interval = 1
reconnect-delay = 1
max-pending-submits = 64
"""
SESSIONS = {
    "transceiver": ("port = {port}\ntransceiver-mode = true\n",),
    "transmitter and receiver": ("port = {port}\n", "receive-port = {port}\n"),
}


class Kannel:
    """A running bearerbox and smsbox; `web` hears what they tell us over HTTP."""

    def __init__(self, send_port: int, web_port: int, web: asyncio.Queue[str]) -> None:
        self._send_port = send_port
        self._web_port = web_port
        self._web = web

    async def send(self, **wish: str) -> str:
        """Ask smsbox to send; return what it says."""
        receipts = f"http://127.0.0.1:{self._web_port}/receipt?state=%d&words=%A"
        asked = urlencode(
            {"username": "u", "password": "p", "dlr-mask": "31", "dlr-url": receipts, **wish},
            quote_via=quote,
        )
        return await _get(self._send_port, f"/cgi-bin/sendsms?{asked}")

    async def told(self, path: str) -> dict[str, str]:
        """Wait for what it tells on that path."""
        async with asyncio.timeout(15):
            while True:
                split = urlsplit(await self._web.get())
                if split.path == path:
                    return {key: values[0] for key, values in parse_qs(split.query).items()}


@pytest.fixture
async def kannel(
    request: pytest.FixtureRequest, server: Server, tmp_path: Path
) -> AsyncIterator[Kannel]:
    binds: str = getattr(request, "param", "transceiver")
    web: asyncio.Queue[str] = asyncio.Queue()
    async with AsyncExitStack() as stack:
        listening = await asyncio.start_server(_hearing(web), "127.0.0.1", 0)
        await stack.enter_async_context(listening)
        web_port = listening.sockets[0].getsockname()[1]
        admin, box, send = (_free_port() for _ in range(3))
        core = CORE.format(admin=admin, box=box, send=send, web=web_port, folder=tmp_path)
        sessions = [SESSION + ports.format(port=server.port) for ports in SESSIONS[binds]]
        (tmp_path / "kannel.conf").write_text(core + "".join(sessions))
        await stack.enter_async_context(_running(str(BEARERBOX), tmp_path, box))
        await stack.enter_async_context(_running(str(SMSBOX), tmp_path, send))
        async with asyncio.timeout(10):
            while not (
                server.receivers("village") and any(each.submits for each in server.sessions)
            ):
                await asyncio.sleep(0.05)
        yield Kannel(send, web_port, web)


@pytest.mark.parametrize("kannel", SESSIONS, indirect=True)
async def test_a_message_goes_through_us_and_its_receipt_comes_back(
    kannel: Kannel, smsc: "TakingSmsc", server: Server
) -> None:
    assert "Accepted" in await kannel.send(to="628111", text="Siaga tsunami")
    pdu = (await _taken(smsc, 1))[0]
    assert pdu.source_addr == "DESA"
    assert pdu.registered_delivery & 1
    assert decode_text(pdu.data_coding, pdu.payload) == "Siaga tsunami"
    assert (await kannel.told("/receipt"))["state"] == "8"
    receipt = Receipt(
        "m1",
        MessageState.DELIVERED,
        dlvrd="001",
        submit_date="2611240830",
        done_date="2611240831",
        text="Siaga tsunami",
        source_addr=pdu.destination_addr,
        destination_addr=pdu.source_addr,
    )
    await server.deliver("village", receipt.deliver_sm())
    told = await kannel.told("/receipt")
    assert told["state"] == "1"
    assert told["words"].startswith("id:m1 sub:001 dlvrd:001")


@pytest.mark.parametrize(
    ("text", "wish"),
    [("Naik ke bukit {pos €} sekarang. " * 12, {}), ("Siaga ⚠ 海 " * 30, {"coding": "2"})],
    ids=["GSM-7", "UCS-2"],
)
async def test_a_long_text_arrives_whole(
    kannel: Kannel, smsc: "TakingSmsc", text: str, wish: dict[str, str]
) -> None:
    await kannel.send(to="628111", text=text, charset="UTF-8", **wish)
    first = (await _taken(smsc, 1))[0]
    head, _ = split_user_data(first.esm_class, first.payload)
    concatenation = concatenation_of(head)
    assert concatenation is not None
    parts = {}
    for pdu in await _taken(smsc, concatenation.total):
        head, payload = split_user_data(pdu.esm_class, pdu.payload)
        segment = concatenation_of(head)
        assert segment is not None
        parts[segment.number] = decode_text(pdu.data_coding, payload)
    assert "".join(parts[number] for number in sorted(parts)).strip() == text.strip()


async def test_what_we_refuse_is_told_to_the_sender(kannel: Kannel, smsc: "TakingSmsc") -> None:
    smsc.refusals.append(CommandStatus.ESME_RINVDSTADR)
    await kannel.send(to="628111", text="nowhere")
    told = await kannel.told("/receipt")
    assert told["state"] == "16"


async def test_the_reply_of_a_person_is_passed_on(kannel: Kannel, server: Server) -> None:
    reply = DeliverSm(source_addr="628111", destination_addr="DESA", short_message=b"SAFE")
    await server.deliver("village", reply)
    told = await kannel.told("/reply")
    assert (told["text"], told["from"].strip(" +")) == ("SAFE", "628111")


async def test_it_binds_again_when_we_hang_up(
    kannel: Kannel, server: Server, smsc: "TakingSmsc"
) -> None:
    for session in tuple(server.sessions):
        if session.bind_type is not BindType.RECEIVER:
            await session.unbind()
    await kannel.send(to="628111", text="after the break")
    assert (await _taken(smsc, 1))[0].payload == b"after the break"


async def _taken(smsc: "TakingSmsc", number: int) -> list[SubmitSm]:
    async with asyncio.timeout(15):
        while len(smsc.taken) < number:
            await asyncio.sleep(0.02)
    return smsc.taken[:number]


@asynccontextmanager
async def _running(program: str, folder: Path, port: int) -> AsyncIterator[None]:
    with (folder / f"{Path(program).name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, str(folder / "kannel.conf"), cwd=folder, stdout=log, stderr=log
        )
    try:
        async with asyncio.timeout(10):
            while not await _listens(port):
                assert process.returncode is None, f"{program} ended, see its log in {folder}"
                await asyncio.sleep(0.05)
        yield
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 5)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _hearing(web: asyncio.Queue[str]) -> "asyncio.streams._ClientConnectedCallback":
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        web.put_nowait(request.split(b" ", 2)[1].decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return hear


async def _get(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return answer.decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
