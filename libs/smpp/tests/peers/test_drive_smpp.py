"""Kannel's drive_smpp, an SMSC by others, takes what our client submits in a full window."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from smpp import Account, Backoff, BindType, Client, SubmitSm

DRIVE_SMPP = Path("/usr/lib/kannel/test/drive_smpp")
SMSBOX_PORT = 13001
pytestmark = pytest.mark.skipif(
    not DRIVE_SMPP.exists(), reason="needs drive_smpp of Debian's package kannel-extras"
)


@pytest.fixture
async def drive_smpp(tmp_path: Path) -> AsyncIterator[int]:
    """It insists on a bearerbox at its fixed smsbox port; a listener there contents it."""
    held: list[asyncio.Task[None] | None] = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(asyncio.current_task())
        await reader.read()
        writer.close()
        await writer.wait_closed()

    async with AsyncExitStack() as stack:
        try:
            bearerbox = await asyncio.start_server(hold, "127.0.0.1", SMSBOX_PORT)
        except OSError:
            pytest.skip(f"port {SMSBOX_PORT}, which drive_smpp insists on, is in use")
        await stack.enter_async_context(bearerbox)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        log = stack.enter_context((tmp_path / "drive_smpp.log").open("wb"))
        process = await asyncio.create_subprocess_exec(
            str(DRIVE_SMPP), "-v", "1", "-p", str(port), stdout=log, stderr=log
        )
        yield port
        if process.returncode is None:
            process.kill()
        await process.wait()
        await asyncio.gather(*(each for each in held if each))


async def test_it_takes_thousands_of_messages_in_a_window(drive_smpp: int) -> None:
    account = Account(
        host="127.0.0.1", port=drive_smpp, system_id="village", backoff=Backoff(first_seconds=0.05)
    )
    client = Client(account, binds=(BindType.TRANSMITTER,))
    client.start()
    futures = []
    async with asyncio.timeout(20):
        for number in range(5_000):
            await client.ready()
            pdu = SubmitSm(destination_addr=f"62811{number}", short_message=b"Siaga tsunami")
            futures.append(client.submit_nowait(pdu))
        responses = await asyncio.gather(*futures)
    assert len(responses) == 5_000
    await client.close()
