import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from common.clock import SystemClock
from notification.channels.sms.http import HttpProvider, Settings
from notification.ports import Accepted, ProviderDown, PutOff, Receipt, Refused, Unsure, Window
from notification.reason import Reason
from sandbox.app import Sandbox
from sandbox.faults import Fault, Mode
from sandbox.smsc import MAGIC_PREFIX
from sandbox.witness import Received, read
from testkit.contracts.channel import Practice

Makes = Callable[..., Window]
Taken = Callable[[str], list[Received]]
ANNA = "+628123456789"
HOSTILE = 'Awas & "naik"\r\nBcc: x\\{to}%26+;#/?=🌊 = 100%\t'
FIELDS = {
    "to": "{to}",
    "text": "{text}",
    "from": "{from}",
    "reference": "{reference}",
    "validity_seconds": "{validity_seconds}",
}
QUERY = "&".join(f"{name}={value}" for name, value in FIELDS.items())
PLAIN: dict[str, Any] = {
    "url": "https://sms.desa.example/messages",
    "headers": {"Authorization": "Bearer sandbox"},
    "json_body": FIELDS,
    "source": "DESA",
    "accepted_path": "result",
    "accepted_values": ["accepted"],
    "message_id_path": "messages.0.id",
    "error_path": "error.code",
    "error_reasons": {"no_such_number": "address_unknown", "rejected": "refused_by_provider"},
}


def magic(suffix: str) -> str:
    return f"+{MAGIC_PREFIX}{suffix}"


def origin(sandbox: Sandbox) -> str:
    return f"http://127.0.0.1:{sandbox.ports['sms_http']}"


def settings(sandbox: Sandbox, **changed: object) -> Settings:
    known = PLAIN | {
        "practice": True,
        "url": f"{origin(sandbox)}/messages",
        "connect_seconds": 1.0,
        "answer_seconds": 2.0,
    }
    return Settings.model_validate(known | changed)


async def unheard(receipt: Receipt) -> None:
    del receipt


async def practice(sandbox: Sandbox, make_window: Makes) -> Practice:
    def received() -> list[Received]:
        return [each for each in read(sandbox.settings.home / "sms.jsonl") if each.accepted]

    return Practice(
        make=lambda rehearsing: HttpProvider(
            "company", settings(sandbox, practice=rehearsing), unheard, SystemClock()
        ),
        addresses=lambda count: [f"+62812345{number:05}" for number in range(count)],
        refused=magic("0002"),
        malformed="+62 812",
        silent=magic("0009"),
        lost=magic("0012"),
        window=make_window,
        received=lambda: [each.address for each in received()],
        texts=lambda: [each.text for each in received()],
        tell=lambda mode: sandbox.behaviors["sms"].tell(Fault(mode=Mode(mode))),
        stop=sandbox.close,
    )


@asynccontextmanager
async def opened(sandbox: Sandbox, **changed: object) -> AsyncIterator[HttpProvider]:
    provider = HttpProvider("company", settings(sandbox, **changed), unheard, SystemClock())
    await provider.open()
    try:
        yield provider
    finally:
        await provider.close()


def way(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """Return the settings of one way in: JSON, a form, a query, and the API of another."""
    credentials = b64encode(b"AC1:sandbox").decode()
    ways: dict[str, dict[str, Any]] = {
        "json": {},
        "form": {"json_body": {}, "form_body": FIELDS},
        "query": {"method": "GET", "url": f"{origin(sandbox)}/messages?{QUERY}", "json_body": {}},
        "twilio": {
            "url": f"{origin(sandbox)}/2010-04-01/Accounts/AC1/Messages.json",
            "headers": {"authorization": f"Basic {credentials}"},
            "json_body": {},
            "form_body": {"To": "{to}", "From": "{from}", "Body": "{text}"},
            "accepted_path": "status",
            "accepted_values": ["queued"],
            "message_id_path": "sid",
            "error_path": "code",
            "error_reasons": {"21211": "address_unknown"},
        },
    }
    return ways[name]


@pytest.mark.parametrize("name", ["json", "form", "query", "twilio"])
async def test_people_read_what_was_written_whichever_way_it_went(
    sandbox: Sandbox, make_window: Makes, received: Taken, name: str
) -> None:
    async with opened(sandbox, **way(sandbox, name)) as provider:
        answers = await provider.send(make_window([ANNA, magic("0002")], body=HOSTILE))
    (message,) = received("sms")
    assert (message.address, message.text, message.sender) == (ANNA, HOSTILE, "DESA")
    assert answers == [Accepted(message.id), Refused(Reason.ADDRESS_UNKNOWN)]


@pytest.mark.parametrize("name", ["json", "form", "query"])
async def test_the_company_is_told_our_reference_and_how_long_the_alert_lives(
    sandbox: Sandbox, make_window: Makes, received: Taken, name: str
) -> None:
    expires = datetime.now(UTC) + timedelta(seconds=90.5)
    changed = way(sandbox, name) | {"longest_validity_seconds": 3600}
    async with opened(sandbox, **changed) as provider:
        await provider.send(make_window([ANNA], expires_at=expires))
        await provider.send(make_window([ANNA]))
        await provider.send(make_window([ANNA], expires_at=datetime.now(UTC)))
    periods = [each.headers["validity_period"] for each in received("sms")]
    assert periods == ["90", "3600", "1"]
    assert {(each.alert, each.reference) for each in received("sms")} == {("alert-1", "alert-1/r0")}


async def test_without_a_path_to_an_id_our_own_reference_is_it(
    sandbox: Sandbox, make_window: Makes
) -> None:
    async with opened(sandbox, message_id_path="") as provider:
        answers = await provider.send(make_window([ANNA]))
    assert answers == [Accepted("alert-1/r0")]


async def test_an_answer_without_the_words_of_acceptance_is_possibly_sent(
    sandbox: Sandbox, make_window: Makes
) -> None:
    async with opened(sandbox, message_id_path="id") as provider:
        answers = await provider.send(make_window([ANNA]))
    assert answers == [Unsure(Reason.NOT_UNDERSTOOD)]


async def test_a_number_goes_without_its_plus_where_the_company_wants_none(
    sandbox: Sandbox, make_window: Makes
) -> None:
    async with opened(sandbox, plus=False, json_body=FIELDS | {"text": "{to} {text}"}) as provider:
        await provider.send(make_window([ANNA], body="Naik."))
    (message,) = read(sandbox.settings.home / "sms.jsonl")
    assert message.text == f"{ANNA.removeprefix('+')} Naik."


async def test_whoever_meets_a_busy_company_comes_again_when_it_says(
    sandbox: Sandbox, make_window: Makes
) -> None:
    async with opened(sandbox) as provider:
        answers = await provider.send(make_window([magic("0006")]))
    assert answers == [PutOff(Reason.PROVIDER_BUSY, 2.0)]


async def test_a_query_whose_connection_is_lost_is_not_asked_again(
    sandbox: Sandbox, make_window: Makes, received: Taken
) -> None:
    async with opened(sandbox, **way(sandbox, "query")) as provider:
        await provider.send(make_window([ANNA]))
        answers = await provider.send(make_window([magic("0012")]))
    assert answers == [Unsure(Reason.CONNECTION_LOST)]
    assert [each.address for each in received("sms")] == [ANNA, magic("0012")]


@pytest.mark.parametrize(
    "changed",
    [{"headers": {"Authorization": "Bearer wrong"}}, {"url": "http://127.0.0.1:9/messages"}],
)
async def test_a_company_that_does_not_let_us_in_or_is_away_is_down(
    sandbox: Sandbox, make_window: Makes, changed: dict[str, object]
) -> None:
    async with opened(sandbox, **changed) as provider:
        with pytest.raises(ProviderDown):
            await provider.send(make_window([ANNA, "no number"]))


@pytest.mark.parametrize(
    ("changed", "field", "rule"),
    [
        ({"url": "sms.desa.example"}, "url", "http or https and a host"),
        ({"url": "https://{from}.example/"}, "url", "no placeholder stands in the host"),
        ({"url": "https://a:b@sms.example/"}, "url", "no user and no password"),
        ({"url": "https://sms.example:99999/"}, "url", "Port out of range"),
        ({"url": "https://sms.example/{phone}"}, "url", "there is no {phone}"),
        ({"method": "DELETE"}, "method", "'POST', 'PUT' or 'GET'"),
        ({"headers": {"X-Id": "{id}"}}, "headers", "there is no {id}"),
        ({"headers": {"X\r\nId": "1"}}, "headers", "cannot stand in a header"),
        ({"headers": {"X-Id": "1\r\nBcc: 2"}}, "headers", "cannot stand in a header"),
        ({"headers": "X-Id: 1"}, "headers", "it is a table"),
        ({"json_body": {"to": "{to}", "a": ["{texts}"]}}, "json_body", "there is no {texts}"),
        ({"json_body": {}, "form_body": {"a": "{a}"}}, "form_body", "there is no {a}"),
        ({"form_body": {"to": "{to}"}}, "", "json_body or form_body is set, and not both"),
        ({"method": "GET"}, "", "with method GET all stands in url"),
        ({"json_body": {"to": "{to}"}}, "", "url, json_body or form_body holds {text}"),
        ({"json_body": {}}, "", "holds {to} and {text}"),
        ({"accepted_values": []}, "", "accepted_path and accepted_values are set together"),
        ({"error_path": ""}, "", "error_reasons needs error_path"),
        ({"error_reasons": {"1": "lost"}}, "error_reasons", "a company's reason is one of"),
        ({"status_reasons": {"ok": "unsubscribed"}}, "status_reasons", "no status from 100 to 599"),
        ({"status_reasons": {"200": "unsubscribed"}}, "", "status_reasons holds no accepted"),
        ({"in_flight": 0}, "in_flight", "greater than or equal to 1"),
        ({"answer_seconds": 5}, "", "connect_seconds is less than answer_seconds"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_field_and_rule(
    changed: dict[str, object], field: str, rule: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate(PLAIN | changed)
    (first, *_) = refused.value.errors()
    assert rule in first["msg"]
    assert ".".join(map(str, first["loc"])).startswith(field)


def test_settings_can_be_compared_and_show_no_secret() -> None:
    one, same = Settings.model_validate(PLAIN), Settings.model_validate(PLAIN)
    assert hash(one) == hash(same)
    assert one == same
    assert "sandbox" not in repr(one)
    assert json.loads(one.json_body) == FIELDS
