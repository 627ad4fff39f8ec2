"""What was given up is listed, shown without addresses, and batches only are said again."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from common.events.dead import DeadLetter
from common.messaging import publish
from common.subjects import Service, Stream
from kentongan.dead import app

if TYPE_CHECKING:
    from libs.cli.tests.conftest import Types

    from testkit.plugin import MakesBus

pytestmark = pytest.mark.integration


def letter(subject: str) -> DeadLetter:
    return DeadLetter(
        service=Service.NOTIFICATION,
        consumer="notification-sms-routine",
        reason="the body cannot be read at recipients",
        original_subject=subject,
        original_stream=Stream.NOTIFICATIONS,
        original_sequence=7,
        original_id="0123",
        deliveries=6,
        headers={"ce-id": "0123"},
        body_base64=base64.b64encode(b'{"address": "+628111234567"}').decode(),
        died_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )


async def test_nothing_given_up_is_said_so(types_at_bus: Types) -> None:
    assert "nothing was given up" in (await types_at_bus(app, "list")).stdout


async def test_what_was_given_up_is_listed_and_shown_without_its_body(
    types_at_bus: Types, make_bus: MakesBus
) -> None:
    bus = make_bus(Service.NOTIFICATION)
    await bus.start()
    await publish(bus, letter("notification.requested.sms.routine"))
    listed = (await types_at_bus(app, "list")).stdout
    assert "cannot be" in listed
    assert "+628111234567" not in listed
    shown = await types_at_bus(app, "show", "1")
    assert "notification.requested.sms.routine" in shown.stdout
    assert "+628111234567" not in shown.stdout
    missing = await types_at_bus(app, "show", "2")
    assert (missing.exit_code, "no dead letter 2" in missing.stderr) == (2, True)


async def test_a_decision_of_a_service_is_not_replayed(
    types_at_bus: Types, make_bus: MakesBus
) -> None:
    bus = make_bus(Service.NOTIFICATION)
    await bus.start()
    await publish(bus, letter("alert.released.routine"))
    refused = await types_at_bus(app, "replay", "1")
    assert refused.exit_code == 1
    assert "only batches are replayed" in " ".join(refused.stdout.split())
