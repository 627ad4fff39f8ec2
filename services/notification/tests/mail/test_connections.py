import asyncio

import pytest
from aiosmtplib import SMTP, SMTPConnectError

from notification.mail.connections import Connections, Patience
from sandbox.app import Sandbox


def connections(sandbox: Sandbox, most: int = 2, idle_seconds: float = 5.0) -> Connections:
    port = sandbox.ports["email"]
    return Connections(
        lambda: SMTP(hostname="127.0.0.1", port=port), most, Patience(0.5, idle_seconds)
    )


async def test_a_connection_is_used_again(sandbox: Sandbox) -> None:
    pool = connections(sandbox)
    async with pool.one() as first:
        assert not first.kept
    async with pool.one() as second:
        assert second is first
        assert second.kept
    await pool.close()


async def test_there_are_no_more_than_there_may_be(sandbox: Sandbox) -> None:
    pool = connections(sandbox, most=1)
    async with pool.one():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), pool.one():
                pass
    await pool.close()


async def test_a_spent_connection_is_not_used_again(sandbox: Sandbox) -> None:
    pool = connections(sandbox)
    async with pool.one() as first:
        first.spent = True
    async with pool.one() as second:
        assert second is not first
    await pool.close()


async def test_a_connection_that_was_idle_for_long_is_made_anew(sandbox: Sandbox) -> None:
    pool = connections(sandbox, idle_seconds=0.0)
    async with pool.one() as first:
        pass
    async with pool.one() as second:
        assert second is not first
    await pool.close()


async def test_a_server_that_is_away_is_said(sandbox: Sandbox) -> None:
    pool = connections(sandbox)
    await sandbox.close()
    with pytest.raises((SMTPConnectError, OSError)):
        await pool.check()
