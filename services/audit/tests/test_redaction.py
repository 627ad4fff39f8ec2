"""Addresses, tokens and dead bodies do not enter the ledger; what was said in public does."""

import base64
import hashlib
import json
from typing import Any

import pytest

from audit.redaction import WITHHELD, without_addresses
from common.events.dead import DeadLetter


def kept(document: dict[str, Any], event_type: str = "kentongan.test.v1") -> Any:
    return without_addresses(event_type, document, json.dumps(document).encode())


@pytest.mark.parametrize("name", ["address", "Phone", "email", "token", "endpoint", "subscription"])
def test_a_field_that_is_named_like_an_address_is_withheld(name: str) -> None:
    assert kept({"inside": [{name: {"any": "thing"}}]}) == {"inside": [{name: WITHHELD}]}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("550 anna.budi+x@example.org unknown", f"550 {WITHHELD} unknown"),
        ("no route to +6281234567890", f"no route to {WITHHELD}"),
        ("at 2026-03-01T12:00:00+07:00", "at 2026-03-01T12:00:00+07:00"),
    ],
)
def test_an_address_in_free_words_is_withheld(said: str, told: str) -> None:
    assert kept({"settlements": [{"reason": said}]}) == {"settlements": [{"reason": told}]}


def test_ids_of_people_stay() -> None:
    document = {"settlements": [{"recipient": "p-17:sms", "outcome": "delivered"}], "email": ""}
    assert kept(document) == document


def test_the_sums_of_a_channel_that_is_called_like_an_address_stay() -> None:
    assert kept({"sums": {"email": 204, "sms": 230}}) == {"sums": {"email": 204, "sms": 230}}
    assert kept({"phone": 628123456789}) == {"phone": WITHHELD}


def test_what_a_publisher_says_in_public_stays() -> None:
    document = {"alert": {"sender": "duty@bmkg.example", "info": [{"contact": "+62211234567"}]}}
    assert kept(document) == document


def test_addresses_of_a_private_alert_are_withheld() -> None:
    document = {"alert": {"sender": "duty@bmkg.example", "addresses": "school anna@example.org"}}
    assert kept(document)["alert"]["addresses"] == f"school {WITHHELD}"


def test_the_body_of_a_dead_letter_is_known_by_its_digest_only() -> None:
    body = b'{"recipients": ["+6281234567890"]}'
    letter = {
        "body_base64": base64.b64encode(body).decode(),
        "reason": "628123456789 is not a number",
        "headers": {"authorization": "Bearer ktg", "ce-id": "7"},
        "original_sequence": 12345678901,
    }
    told = kept(letter, DeadLetter.event_type)
    assert told == {
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "reason": f"{WITHHELD} is not a number",
        "headers": {"authorization": WITHHELD, "ce-id": "7"},
        "original_sequence": 12345678901,
    }


def test_a_dead_letter_that_is_no_base64_still_has_a_digest() -> None:
    told = kept({"body_base64": "?"}, DeadLetter.event_type)
    assert told["body_sha256"] == hashlib.sha256(b"?").hexdigest()
