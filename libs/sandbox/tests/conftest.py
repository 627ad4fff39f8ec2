import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded, StreamReset

from sandbox.app import Sandbox, build
from sandbox.settings import Settings


def free_ports(home: Path) -> Settings:
    return Settings(
        home=home,
        page_port=0,
        push_port=0,
        apns_port=0,
        sms_port=0,
        email_port=0,
        receipt_seconds=0.01,
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return free_ports(tmp_path / "sandbox")


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[Sandbox]:
    async with build(settings) as sandbox:
        yield sandbox


Answer = tuple[int, dict[str, str], bytes]
Asks = Callable[[int, str, dict[str, str], bytes], Awaitable[Answer]]


@pytest.fixture
def ask() -> Asks:
    """Ask one thing over HTTP/2; an answer that does not come is a TimeoutError or an EOFError."""

    async def asked(port: int, path: str, headers: dict[str, str], body: bytes) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer):
            async with asyncio.timeout(0.5):
                return await _asked(reader, writer, {":path": path, **headers}, body)

    return asked


async def _asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: dict[str, str], body: bytes
) -> Answer:
    h2 = H2Connection()
    h2.initiate_connection()
    first = {":method": "POST", ":scheme": "http", ":authority": "127.0.0.1"}
    h2.send_headers(1, list((first | headers).items()), end_stream=not body)
    for start in range(0, len(body), 16_000):
        part = body[start : start + 16_000]
        h2.send_data(1, part, end_stream=start + 16_000 >= len(body))
    known: dict[str, str] = {}
    said = b""
    while True:
        writer.write(h2.data_to_send())
        for event in h2.receive_data(await reader.read(65_536) or _ended()):
            match event:
                case ResponseReceived(headers=list(found)):
                    known = {name.decode(): value.decode() for name, value in found}
                case DataReceived(data=bytes(data)):
                    said += data
                case StreamReset():
                    _ended()
                case StreamEnded():
                    return int(known[":status"]), known, said


def _ended() -> bytes:
    raise EOFError("the connection ended without an answer")
