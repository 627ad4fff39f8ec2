from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit import crowd
from testkit.fanout import sendsms
from testkit.kannel import INSTALLED, NEEDED, PASSWORD, USERNAME, Kannel
from testkit.ports import free_port

KNOWN = {"username": USERNAME, "password": PASSWORD, "from": "DESA", "text": "Naik & lari"}
needs_kannel = pytest.mark.skipif(not INSTALLED, reason=NEEDED)


@pytest.fixture
def kannel(tmp_path: Path) -> Iterator[Kannel]:
    """One that keeps everything, because there is no SMSC."""
    made = Kannel(tmp_path, free_port())
    made.start("bearerbox")
    made.wait_until("Status: running")
    made.start("smsbox")
    made.wait_until("on-line")
    yield made
    made.stop()


def test_a_request_is_one_line_and_a_host() -> None:
    (asked,) = sendsms.requests(80, {"text": "a & b"}, ["+62812"])
    assert asked == (
        b"GET /cgi-bin/sendsms?text=a+%26+b&to=%2B62812 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"
    )


@needs_kannel
async def test_every_message_is_accepted_over_a_few_connections(kannel: Kannel) -> None:
    asked = sendsms.requests(kannel.send_port, KNOWN, map(crowd.phone, range(50)))
    assert await sendsms.send(kannel.send_port, asked, 4) == 50
    kannel.wait_until("store size 50\n")


@needs_kannel
async def test_whoever_is_refused_is_told(kannel: Kannel) -> None:
    asked = sendsms.requests(kannel.send_port, {**KNOWN, "password": "another"}, ["+62812"])
    with pytest.raises(sendsms.Refused, match="403"):
        await sendsms.send(kannel.send_port, asked, 1)


@needs_kannel
async def test_several_numbers_in_one_request_are_one_message_in_its_store(kannel: Kannel) -> None:
    several = " ".join(map(crowd.phone, range(5)))
    asked = sendsms.requests(kannel.send_port, KNOWN, [several])
    assert await sendsms.send(kannel.send_port, asked, 1) == 1
    kannel.wait_until("sent 0 (5 queued), store size 1\n")
