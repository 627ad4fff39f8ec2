"""The file of providers begins with the sandbox, and from then on it is the operator's."""

from pathlib import Path

import pytest

from kentongan.home import Home
from kentongan.providers import live_channels, write_practice_providers
from notification.manifest import load_channels
from notification.providers_file import read_providers
from sandbox.subscriptions import Subscriptions


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make(9500)
    write_practice_providers(made)
    return made


def test_at_first_every_provider_is_practice_and_can_be_read(home: Home) -> None:
    read = read_providers(home.providers_file.read_text(), load_channels())
    assert {each.channel for each in read} == {"sms", "email", "push"}
    assert all(each.settings.practice for each in read)
    assert live_channels(home) == frozenset()


def test_the_immediate_lane_binds_under_a_name_of_its_own(home: Home) -> None:
    text, kinds = home.providers_file.read_text(), load_channels()
    both = [read_providers(text, kinds, immediate=fast)[0].settings for fast in (False, True)]
    assert len({each.model_dump()["system_id"] for each in both}) == 2


def test_the_file_is_for_its_owner_only(home: Home) -> None:
    assert home.providers_file.stat().st_mode & 0o777 == 0o600


def test_what_the_operator_wrote_stays(home: Home) -> None:
    home.providers_file.write_text("[sms.carrier]\nkind = 'smpp'\n")
    write_practice_providers(home)
    assert "carrier" in home.providers_file.read_text()


@pytest.mark.parametrize("practice", ["", "practice = false", "practice = 'true'"])
def test_a_channel_is_live_unless_all_its_providers_say_practice(home: Home, practice: str) -> None:
    home.providers_file.write_text(
        f"[sms.carrier]\n{practice}\n[sms.sandbox]\npractice = true\n"
        "[email.sandbox]\npractice = true\n"
    )
    assert live_channels(home) == {"sms"}


@pytest.mark.parametrize("text", ["[sms", "sms = 1"])
def test_a_file_that_cannot_be_read_makes_nothing_live(home: Home, text: str) -> None:
    home.providers_file.write_text(text)
    assert live_channels(home) == frozenset()


def test_at_first_every_link_is_tested_and_the_sandbox_knows_the_subscription(home: Home) -> None:
    read = read_providers(home.providers_file.read_text(), load_channels())
    assert all(each.settings.link_test_address for each in read)
    assert len(Subscriptions(home.path / "sandbox" / "subscriptions.jsonl")) == 1
