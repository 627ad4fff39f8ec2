"""What audit answers is told to a person, and what is wrong ends the command with 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from common import subjects
from common.messaging import answer
from common.questions.audit import Counts, Timeline, TimelineQuestion
from common.subjects import Service
from kentongan.audit import app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from libs.cli.tests.conftest import Types

    from testkit.plugin import MakesBus

UNKNOWN = "0" * 32


@pytest.mark.integration
async def test_an_alert_that_the_ledger_never_heard_of_is_named(
    types_at_bus: Types, make_bus: MakesBus
) -> None:
    async def tell(question: TimelineQuestion, _: Mapping[str, str]) -> Timeline:
        return Timeline(
            alert_id=question.alert_id, moments=(), counts=Counts(alert_id=question.alert_id)
        )

    bus = make_bus(Service.AUDIT)
    answer(bus, subjects.AUDIT_TIMELINE, TimelineQuestion, tell)
    await bus.start()
    told = await types_at_bus(app, "timeline", UNKNOWN)
    assert told.exit_code == 1
    assert f"the ledger has never heard of {UNKNOWN}" in told.stderr


def test_a_ledger_that_is_not_there_cannot_be_verified_offline(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["verify", "--offline", "--home", str(tmp_path)])
    assert told.exit_code == 2
    assert "the ledger cannot be" in told.stderr
