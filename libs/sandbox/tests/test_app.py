import pytest

from sandbox.app import Sandbox, build
from sandbox.book import Wanted
from sandbox.settings import Settings
from sandbox.witness import Received


async def test_what_was_received_outlives_a_restart(settings: Settings) -> None:
    async with build(settings) as first:
        assert set(first.ports) == {"sms", "email", "push", "apns", "page"}
    received = Received(at="2025-11-24T08:00:00+00:00", channel="sms", id="1", address="+628123")
    line = b'{"at":"%s","channel":"sms","id":"1","address":"+628123"}\n' % received.at.encode()
    (settings.home / "sms.jsonl").write_bytes(line)
    async with build(settings) as again:
        assert [each.message for each in again.book.newest(Wanted(), most=9)] == [received]


async def test_a_port_in_use_is_said_and_nothing_stays_open(running: Sandbox) -> None:
    taken = running.settings.model_copy(update={"page_port": running.ports["page"]})
    with pytest.raises(OSError, match="address already in use"):
        async with build(taken):
            pass
