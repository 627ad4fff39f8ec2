"""smppy, an SMSC by others, lets our client in and sends it messages.

smppy brings a package of the name of ours, so it runs in a process of its own: install it with
`pip install --target FOLDER smppy` and name that folder in SMPPY_FOLDER.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from smpp import (
    Account,
    BindRefusedError,
    Client,
    CommandStatus,
    DataSm,
    DeliverSm,
    SubmitSm,
    decode_text,
)

FOLDER = os.environ.get("SMPPY_FOLDER")
pytestmark = pytest.mark.skipif(FOLDER is None, reason="needs SMPPY_FOLDER, a folder with smppy")

PDUS_APART_SECONDS = 0.1  # smppy reads one PDU of what comes together and forgets the others

SMSC = """
import asyncio
from smppy import Application

def text(octets):
    return octets.decode() if isinstance(octets, bytes) else octets

class Smsc(Application):
    async def handle_bound_client(self, client):
        return client if text(client.password) == "secret" else None

    async def handle_unbound_client(self, client):
        print("unbound", text(client.system_id), flush=True)

    async def handle_sms_received(self, client, source_number, dest_number, text):
        await client.send_sms(dest_number, source_number, "re: " + text)

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
listening = Smsc("smppy").create_server(loop, "127.0.0.1", 0)
print(listening.sockets[0].getsockname()[1], flush=True)
loop.run_forever()
"""


class Smppy(NamedTuple):
    """A running SMSC, and what it prints."""

    port: int
    said: asyncio.StreamReader


@pytest.fixture
async def smppy() -> AsyncIterator[Smppy]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", SMSC),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
    )
    assert process.stdout is not None
    yield Smppy(int(await process.stdout.readline()), process.stdout)
    process.kill()
    await process.wait()


@asynccontextmanager
async def bound_at(smppy: Smppy, heard: list[str], password: str) -> AsyncIterator[Client]:
    def hear(pdu: DeliverSm | DataSm) -> None:
        heard.append(decode_text(pdu.data_coding, pdu.payload))

    account = Account(host="127.0.0.1", port=smppy.port, system_id="village", password=password)
    async with Client(account, on_message=hear) as client:
        yield client


async def test_it_takes_messages_one_by_one_and_sends_its_own(smppy: Smppy) -> None:
    heard: list[str] = []
    async with asyncio.timeout(10), bound_at(smppy, heard, "secret") as client:
        for number in range(5):
            text = f"Siaga {number}".encode()
            await client.submit(
                SubmitSm(source_addr="DESA", destination_addr="62811", short_message=text)
            )
            while len(heard) <= number:
                await asyncio.sleep(0.01)
            await asyncio.sleep(PDUS_APART_SECONDS)
    assert heard == [f"re: Siaga {number}" for number in range(5)]
    assert await smppy.said.readline() == b"unbound village\n"


async def test_it_refuses_a_wrong_password(smppy: Smppy) -> None:
    with pytest.raises(BindRefusedError) as refused:
        async with bound_at(smppy, [], "wrong"):
            pass
    assert refused.value.status == CommandStatus.ESME_RBINDFAIL
