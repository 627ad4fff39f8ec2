import pytest

from sandbox.settings import Settings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_SANDBOX_SMS_PORT", "2775")
    monkeypatch.setenv("KENTONGAN_SANDBOX_SMS_PASSWORD", "drum")
    settings = Settings()
    assert settings.sms_port == 2775
    assert "drum" not in repr(settings)


def test_the_sandbox_listens_on_loopback_unless_told() -> None:
    assert Settings().host == "127.0.0.1"
