"""How a service reaches the bus, and whose child it is, comes from the environment alone."""

import pytest

from common.service import PARENT
from common.settings import BusEnvironment, supervisor


def test_the_bus_is_reached_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_BUS_URL", "nats://drum:4222")
    monkeypatch.setenv("KENTONGAN_BUS_USER", "triage")
    monkeypatch.setenv("KENTONGAN_BUS_PASSWORD", "under the palm")
    settings = BusEnvironment()
    assert (settings.url, settings.user) == ("nats://drum:4222", "triage")
    assert "under the palm" not in repr(settings)


def test_a_service_without_a_supervisor_is_nobodys_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PARENT, raising=False)
    assert supervisor() is None
    monkeypatch.setenv(PARENT, "4711")
    assert supervisor() == 4711
