import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from notification.channels.webhook import key_of, signature
from sandbox.faults import Fault, Mode
from sandbox.witness import read
from testkit.hooks import SECRET
from testkit.town_halls import TownHalls, town_halls

BODY = b'{"data": {"headline": "Tsunami", "text": "Go to high ground.", "alert": "alert-1"}}'
SOON = 0.5


@pytest.fixture
def halls(tmp_path: Path) -> Iterator[TownHalls]:
    with town_halls(tmp_path / "webhook.jsonl") as halls:
        yield halls


def post(halls: TownHalls, body: bytes = BODY) -> int:
    """Post what was signed as `BODY`, and return the answer."""
    now = int(time.time())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": signature(key_of(SECRET), "msg_1", now, BODY),
    }
    address = f"http://127.0.0.1:{halls.port}/hall-7"
    return httpx.post(
        address, content=body, headers=headers, timeout=SOON, trust_env=False
    ).status_code


def test_what_holds_is_on_record_under_its_address_when_it_is_answered(halls: TownHalls) -> None:
    assert post(halls) == 204
    (received,) = read(halls.witness.path)
    assert received.address == f"http://127.0.0.1:{halls.port}/hall-7"
    assert (received.reference, received.alert) == ("msg_1", "alert-1")
    assert (received.headline, received.text) == ("Tsunami", "Go to high ground.")


def test_what_was_not_signed_is_refused_and_not_on_record(halls: TownHalls) -> None:
    assert post(halls, BODY + b" ") == 401
    assert read(halls.witness.path) == []


@pytest.mark.parametrize(("mode", "taken"), [(Mode.MUTE, 1), (Mode.HANG, 0)])
def test_who_answers_nothing_has_taken_it_or_not_as_told(
    halls: TownHalls, mode: Mode, taken: int
) -> None:
    halls.tell(Fault(mode=mode))
    with pytest.raises(httpx.ReadTimeout):
        post(halls)
    assert len(read(halls.witness.path)) == taken


def test_what_has_arrived_is_taken_though_the_client_is_gone(halls: TownHalls) -> None:
    halls.tell(Fault(mode=Mode.SLOW, seconds=2 * SOON))
    with pytest.raises(httpx.ReadTimeout):
        post(halls)
    time.sleep(2 * SOON)
    assert len(read(halls.witness.path)) == 1
