import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp

from sandbox.__main__ import until_stopped
from testkit.ports import free_port


async def started(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        env=os.environ | environment,
        stderr=asyncio.subprocess.PIPE,
    )


def environment(home: Path, page: int) -> dict[str, str]:
    ports = {f"KENTONGAN_SANDBOX_{name}_PORT": "0" for name in ("PUSH", "SMS", "EMAIL")}
    own = {"KENTONGAN_SANDBOX_HOME": str(home), "KENTONGAN_SANDBOX_PAGE_PORT": str(page)}
    return ports | own


async def healthy(page: int) -> bool:
    async with aiohttp.ClientSession() as session, asyncio.timeout(10):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{page}/healthz") as answer:
                    return bool(json.loads(await answer.read())["ok"])
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


async def test_the_sandbox_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    page = free_port()
    running = await started(environment(tmp_path, page))
    assert await healthy(page)
    running.send_signal(signal.SIGTERM)
    _, said = await running.communicate()
    assert (running.returncode, said) == (0, b"")


async def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        running = await started(environment(tmp_path, taken.getsockname()[1]))
        _, said = await running.communicate()
    assert running.returncode == 1
    assert said.startswith(b"the sandbox cannot start: ")
    assert said.count(b"\n") == 1


async def test_the_sandbox_ends_when_whoever_started_it_is_gone() -> None:
    async with asyncio.timeout(1):
        await until_stopped(asyncio.Event(), parent=os.getppid() + 1)
