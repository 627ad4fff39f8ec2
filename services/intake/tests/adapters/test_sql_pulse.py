"""Readiness is a commit, and asking often commits seldom."""

from pathlib import Path

import pytest

from intake.adapters import sql_pulse
from intake.adapters.sql_pulse import Pulse
from intake.adapters.store import Store
from testkit.clock import StoppedClock


async def test_a_store_that_commits_is_ready(store: Store, clock: StoppedClock) -> None:
    assert await Pulse(store, clock).check() is None


async def test_a_store_that_is_gone_is_not(
    store: Store, clock: StoppedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse = Pulse(store, clock)
    assert await pulse.check() is None
    (tmp_path / "intake.db").unlink()
    assert await pulse.check() is None
    monkeypatch.setattr(sql_pulse, "FRESH_SECONDS", 0.0)
    assert "gone" in str(await pulse.check())
