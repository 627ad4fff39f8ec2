"""The SMS company takes messages over HTTP, refuses what it should, and calls back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, encode_basic_auth, web

from sandbox.app import Sandbox, build
from sandbox.faults import Fault, Mode
from sandbox.settings import Settings
from sandbox.smsc import MAGIC_PREFIX
from sandbox.witness import Received, read

KNOWN = "sandbox"
ANNA = "+628123456789"
MESSAGE = {"To": ANNA, "From": "DESA", "Body": "Naik ke tempat tinggi."}
PLAIN = {"to": ANNA, "from": "DESA", "text": "Naik.", "reference": "alert-1/anna"}


class Customer:
    """Somebody with an account, and a place to be called back at."""

    def __init__(self, sandbox: Sandbox, session: ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self.origin = f"http://127.0.0.1:{sandbox.ports['sms_http']}"
        self.called: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.callback = ""

    async def hear(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        await self.called.put(form)
        return web.Response(status=204)

    async def end(self) -> dict[str, str]:
        """Return what is called back last about a message."""
        async with asyncio.timeout(2):
            while True:
                told = await self.called.get()
                if told["MessageStatus"] != "sent":
                    return told

    async def send(self, account: str = "AC1", word: str = KNOWN, **changed: str) -> Any:
        """Send as Twilio takes it; return the status and what was said."""
        url = f"{self.origin}/2010-04-01/Accounts/{account}/Messages.json"
        data = {"StatusCallback": self.callback} | MESSAGE | changed
        headers = {"Authorization": encode_basic_auth("AC1", word)}
        async with self.session.post(url, data=data, headers=headers) as answer:
            return answer.status, await answer.json()

    async def plainly(self, method: str = "POST", word: str = KNOWN, **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {word}"}
        url = f"{self.origin}/messages"
        async with self.session.request(method, url, headers=headers, **how) as answer:
            return answer.status, await answer.json()

    def received(self) -> list[Received]:
        return read(self.sandbox.settings.home / "sms.jsonl")


@pytest.fixture
async def customer(tmp_path: Path) -> AsyncIterator[Customer]:
    settings = over_http(tmp_path / "sandbox")
    async with build(settings) as running, session() as opened, called_back(running, opened) as who:
        yield who


def over_http(home: Path) -> Settings:
    return Settings(
        home=home,
        page_port=0,
        push_port=0,
        sms_port=0,
        sms_http_port=0,
        email_port=0,
        receipt_seconds=0.01,
    )


def session() -> ClientSession:
    return ClientSession(timeout=ClientTimeout(total=1.0))


class called_back:  # noqa: N801 - it reads as a clause
    """A customer while the place listens at which they are called back."""

    def __init__(self, sandbox: Sandbox, opened: ClientSession) -> None:
        self.customer = Customer(sandbox, opened)
        app = web.Application()
        app.router.add_post("/status", self.customer.hear)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def __aenter__(self) -> Customer:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.customer.callback = f"http://127.0.0.1:{self.runner.addresses[0][1]}/status"
        return self.customer

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()


async def test_a_message_is_on_disk_when_it_is_answered_and_its_end_is_called_back(
    customer: Customer,
) -> None:
    status, said = await customer.send(ValidityPeriod="60")
    (received,) = customer.received()
    assert (status, said["sid"], received.address) == (201, received.id, ANNA)
    assert (received.text, received.sender) == (MESSAGE["Body"], "DESA")
    assert received.headers["validity_period"] == "60"
    end = await customer.end()
    assert (end["MessageSid"], end["MessageStatus"]) == (received.id, "delivered")


async def test_whoever_gives_no_place_is_not_called_back(customer: Customer) -> None:
    await customer.send(StatusCallback="")
    await asyncio.sleep(0.1)
    assert customer.called.empty()
    assert [each.receipt for each in customer.received()] == [""]


@pytest.mark.parametrize("how", [{"word": "wrong"}, {"account": "AC2"}])
async def test_a_stranger_is_not_let_in(customer: Customer, how: dict[str, str]) -> None:
    status, said = await customer.send(**how)
    assert (status, said["code"]) == (401, 20003)
    assert customer.received() == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"To": "anna"}, 21211),
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"From": ""}, 21603),
        ({"ValidityPeriod": "0"}, 90007),
        ({"ValidityPeriod": "36001"}, 90007),
        ({"StatusCallback": "here"}, 21609),
    ],
)
async def test_what_twilio_does_not_take_is_not_taken(
    customer: Customer, changed: dict[str, str], code: int
) -> None:
    status, said = await customer.send(**changed)
    assert (status, said["code"]) == (400, code)
    assert customer.received() == []


async def test_a_number_that_does_not_exist_is_refused_and_written_down_so(
    customer: Customer,
) -> None:
    status, said = await customer.send(To=f"+{MAGIC_PREFIX}0002")
    assert (status, said["code"]) == (400, 21211)
    assert [each.answer for each in customer.received()] == ["21211"]


@pytest.mark.parametrize(
    ("suffix", "status", "code"),
    [
        ("0001", "delivered", None),
        ("0003", "undelivered", "30003"),
        ("0007", "undelivered", "30036"),
        ("0008", "failed", "30007"),
    ],
)
async def test_the_end_is_what_the_magic_number_says(
    customer: Customer, suffix: str, status: str, code: str | None
) -> None:
    await customer.send(To=f"+{MAGIC_PREFIX}{suffix}")
    end = await customer.end()
    assert (end["MessageStatus"], end.get("ErrorCode")) == (status, code)


async def test_the_end_can_come_before_the_answer(customer: Customer) -> None:
    sending = asyncio.create_task(customer.send(To=f"+{MAGIC_PREFIX}0005"))
    end = await customer.end()
    assert not sending.done()
    assert (await sending)[1]["sid"] == end["MessageSid"]


@pytest.mark.parametrize("suffix", ["0009", "0012"])
async def test_what_was_taken_and_not_answered_was_received(
    customer: Customer, suffix: str
) -> None:
    with pytest.raises((TimeoutError, ClientError)):
        await customer.send(To=f"+{MAGIC_PREFIX}{suffix}")
    assert [each.accepted for each in customer.received()] == [True]


@pytest.mark.parametrize(("mode", "status"), [(Mode.THROTTLE, 429), (Mode.REFUSE, 400)])
async def test_it_behaves_as_the_smsc_is_told(customer: Customer, mode: Mode, status: int) -> None:
    customer.sandbox.behaviors["sms"].tell(Fault(mode=mode))
    assert (await customer.send())[0] == status


async def test_a_message_is_taken_plainly_as_json_as_a_form_and_in_a_query(
    customer: Customer,
) -> None:
    ways: list[dict[str, Any]] = [
        {"json": PLAIN},
        {"data": PLAIN},
        {"method": "GET", "params": PLAIN},
    ]
    for way in ways:
        status, said = await customer.plainly(**way)
        assert (status, said["result"]) == (202, "accepted")
        assert said["messages"] == [{"id": customer.received()[-1].id}]
    told = {(each.address, each.text, each.alert, each.reference) for each in customer.received()}
    assert told == {(ANNA, "Naik.", "alert-1", "alert-1/anna")}


async def test_a_plain_refusal_says_so_in_the_answer(customer: Customer) -> None:
    status, said = await customer.plainly(json=PLAIN | {"to": f"+{MAGIC_PREFIX}0002"})
    assert (status, said["result"], said["error"]["code"]) == (200, "refused", "no_such_number")
    assert (await customer.plainly(word="wrong", json=PLAIN))[0] == 401


async def test_an_end_on_its_way_at_a_restart_is_called_back_afterwards(tmp_path: Path) -> None:
    settings = over_http(tmp_path / "sandbox")
    slow = settings.model_copy(update={"receipt_seconds": 3600.0})
    async with session() as opened, build(slow) as before, called_back(before, opened) as customer:
        _, said = await customer.send(To=f"+{MAGIC_PREFIX}0003")
        await before.close()
        async with build(settings):
            end = await customer.end()
    assert (end["MessageSid"], end["ErrorCode"]) == (said["sid"], "30003")
