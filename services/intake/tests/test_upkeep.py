"""A backlog rings after five seconds and ends when it is gone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from common.observability import rings
from intake.ports import JournalUnavailable
from intake.upkeep import Keeper
from testkit.builders import alert

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge


async def test_a_backlog_rings_after_five_seconds_until_it_is_gone(edge: Edge) -> None:
    keeper = Keeper(edge.journal, edge.bus, edge.clock)
    await edge.post(alert(), await edge.key())
    await keeper.once()
    assert "journal_backlog" not in rings.ringing()
    edge.clock.forward(timedelta(seconds=5))
    await keeper.once()
    assert "journal_backlog" in rings.ringing()
    await edge.relay.once()
    await keeper.once()
    assert "journal_backlog" not in rings.ringing()


async def test_a_journal_that_is_gone_is_said(edge: Edge) -> None:
    edge.path.unlink()
    with pytest.raises(JournalUnavailable):
        await Keeper(edge.journal, edge.bus, edge.clock).once()
