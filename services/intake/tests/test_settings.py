"""What is told from outside is read and checked."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from intake.settings import IntakeSettings


def test_a_life_is_told_in_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_INTAKE_DEFAULT_LIFE_HOURS", "12")
    assert IntakeSettings().default_life == timedelta(hours=12)


def test_a_limit_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_INTAKE_MOST_BYTES", "0")
    with pytest.raises(ValidationError):
        IntakeSettings()
