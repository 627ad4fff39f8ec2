"""What `kentongan up` starts, with which settings."""

import json
from pathlib import Path

import pytest

from kentongan.commands import nats_command, service_commands
from kentongan.home import Home
from notification.manifest import channel_names, load_channel


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make(9500)
    return made


def test_each_lane_is_planned_and_delivered_by_exactly_one_process(home: Home) -> None:
    lanes = [
        lane
        for command in service_commands(home)
        for lane in json.loads(command.settings.get("KENTONGAN_NOTIFICATION_LANES", "[]"))
    ]
    assert sorted(lanes) == ["immediate", "priority", "routine"]


def test_immediate_has_its_own_process(home: Home) -> None:
    (fast,) = [each for each in service_commands(home) if each.name == "notification-immediate"]
    assert fast.settings["KENTONGAN_NOTIFICATION_LANES"] == '["immediate"]'


def test_every_provider_of_the_embedded_default_is_practice(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slow,) = [each for each in service_commands(home) if each.name == "notification"]
    for name, value in slow.settings.items():
        monkeypatch.setenv(name, value)
    settings = {name: load_channel(name).settings() for name in channel_names()}
    assert {name: getattr(each, "practice", None) for name, each in settings.items()} == (
        dict.fromkeys(channel_names(), True)
    )


def test_a_channel_that_the_operator_sets_is_wholly_the_operators(home: Home) -> None:
    own = {"KENTONGAN_SMS_PRACTICE": "false", "KENTONGAN_SMS_HOST": "smsc.example"}
    for command in service_commands(home, own):
        if command.name.startswith("notification"):
            assert not [name for name in command.settings if name.startswith("KENTONGAN_SMS_")]
            assert command.settings["KENTONGAN_EMAIL_PRACTICE"] == "true"


def test_a_setting_alone_makes_no_channel_live(home: Home) -> None:
    for command in service_commands(home, {"KENTONGAN_SMS_HOST": "smsc.example"}):
        if command.name.startswith("notification"):
            assert command.settings["KENTONGAN_SMS_PRACTICE"] == "true"
            assert command.settings["KENTONGAN_SMS_HOST"] == "127.0.0.1"


def test_each_service_has_the_password_of_its_own_user_only(home: Home) -> None:
    for command in service_commands(home):
        user = command.settings.get("KENTONGAN_BUS_USER")
        if user is None:
            assert command.name == "sandbox"
        else:
            assert command.settings["KENTONGAN_BUS_PASSWORD"] == home.password(user)


def test_the_configuration_of_the_server_is_for_its_owner_only(home: Home) -> None:
    command = nats_command(home)
    file = home.path / "nats.conf"
    assert file.stat().st_mode & 0o777 == 0o600
    assert command.arguments[1:] == ("-c", str(file.resolve()))
    assert '"sync_interval": "always"' in file.read_text()
