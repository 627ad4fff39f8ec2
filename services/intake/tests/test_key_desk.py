"""The operator gives out keys, sees them without secrets, and ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from common.problems import Refusal
from common.questions.intake import KeyRequest
from testkit.clock import NOON

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge


def request(**changes: object) -> KeyRequest:
    wish = {"name": "harbor", "senders": ("a@sea.example",), "may": ("publish",), **changes}
    return KeyRequest.model_validate(wish)


async def test_a_secret_is_shown_once(edge: Edge) -> None:
    created = await edge.key_desk.create(request())
    (shown,) = (await edge.key_desk.list()).keys
    assert created.secret.startswith("ktg_")
    assert shown.id == created.id
    assert created.secret not in shown.model_dump_json()


async def test_a_name_is_given_once(edge: Edge) -> None:
    await edge.key_desk.create(request())
    with pytest.raises(Refusal, match="harbor"):
        await edge.key_desk.create(request())


async def test_whoever_publishes_speaks_as_somebody(edge: Edge) -> None:
    with pytest.raises(Refusal, match="sender"):
        await edge.key_desk.create(request(senders=()))
    await edge.key_desk.create(request(senders=(), may=("approve",)))


async def test_a_key_is_ended_once(edge: Edge) -> None:
    created = await edge.key_desk.create(request())
    assert (await edge.key_desk.revoke(created.id)).revoked_at == NOON
    with pytest.raises(Refusal, match="no key"):
        await edge.key_desk.revoke("key_ffffffff")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"may": ()},
        {"may": ("rule",)},
        {"senders": ("two words",)},
        {"quota_per_minute": 0},
    ],
)
def test_a_request_without_sense_is_not_read(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        request(**wrong)
