"""Triage is set from the environment."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from triage.settings import TriageSettings


def test_the_defaults_suit_the_embedded_layout() -> None:
    settings = TriageSettings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8405)
    assert settings.policy_file is None


def test_the_environment_sets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_TRIAGE_POLICY_FILE", "village.toml")
    assert TriageSettings().policy_file == Path("village.toml")


def test_a_reach_that_is_waited_for_too_long_is_refused() -> None:
    with pytest.raises(ValidationError):
        TriageSettings(reach_seconds=60)
