"""What `kentongan up` starts, with which settings."""

import json
from pathlib import Path

import pytest

from kentongan.commands import nats_command, service_commands
from kentongan.home import Home


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


def test_every_lane_reads_the_same_file_of_providers(home: Home) -> None:
    files = {
        command.settings["KENTONGAN_NOTIFICATION_PROVIDERS_FILE"]
        for command in service_commands(home)
        if command.name.startswith("notification")
    }
    assert files == {str(home.providers_file.resolve())}


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
