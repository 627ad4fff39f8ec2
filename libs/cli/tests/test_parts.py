"""What a part says of itself, as a person reads it."""

import asyncio
import json
from pathlib import Path

import httpx

from kentongan.home import Home
from kentongan.parts import HEALTH, Health, health_of


def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def asked(tmp_path: Path, status: int, body: str) -> Health:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} x\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    there = Home(tmp_path)
    port = server.sockets[0].getsockname()[1]
    (tmp_path / "port").write_text(str(port - 8))
    async with server, httpx.AsyncClient(trust_env=False) as client:
        return await health_of(client, there, "audit")


async def test_a_part_that_is_well_has_nothing_to_say(tmp_path: Path) -> None:
    health = await asked(tmp_path, 200, json.dumps({"ready": True, "failing": {}, "ringing": []}))
    assert (health.failing, health.ringing, health.sentence) == ((), (), "")


async def test_what_fails_and_what_rings_is_told_in_one_line(tmp_path: Path) -> None:
    told = {"failing": {"bus": "not connected"}, "ringing": ["bus_down"]}
    health = await asked(tmp_path, 503, json.dumps(told))
    assert health.sentence == "bus: not connected; rings bus_down"


async def test_a_part_that_is_not_ready_and_says_no_reason_fails_all_the_same(
    tmp_path: Path,
) -> None:
    assert (await asked(tmp_path, 503, "{}")).failing == ("answered 503",)


async def test_a_part_that_answers_nonsense_or_nothing_fails(tmp_path: Path) -> None:
    assert (await asked(tmp_path, 200, "<html>")).failing == ("no answer",)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await health_of(client, Home(tmp_path), "audit")).failing == ("no answer",)


def test_every_part_has_a_port(tmp_path: Path) -> None:
    assert all(home(tmp_path).port(port) for port, _ in HEALTH.values())
