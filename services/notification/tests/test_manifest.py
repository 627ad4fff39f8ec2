import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from notification.manifest import (
    ChannelNotLoaded,
    channel_names,
    load_channel,
    load_channels,
)

CAPABILITIES = """
from notification.ports import Capabilities
CAPABILITIES = Capabilities(
    longest_text=1, receipts=False, window=1, batch=1, receipt_deadline_seconds=0
)
"""
PROVIDER = """
from notification.provider_settings import ProviderSettings
class Settings(ProviderSettings): ...
class Drum:
    async def send(self, window): ...
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"drums_{tmp_path.name.replace('-', '_')}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def put(tmp_path: Path, package: str, name: str, source: str) -> None:
    file = tmp_path / package / f"{name}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(dedent(source))


def test_the_channels_are_what_is_in_the_folder() -> None:
    assert {"email", "push", "sms"} <= set(channel_names())


def test_a_new_file_is_a_new_channel_with_one_provider(tmp_path: Path, package: str) -> None:
    put(tmp_path, package, "drum", CAPABILITIES + PROVIDER)
    assert channel_names(tmp_path / package) == ("drum",)
    assert list(load_channel("drum", package).providers) == ["drum"]


def test_a_new_folder_is_a_new_channel_with_a_provider_in_each_file(
    tmp_path: Path, package: str
) -> None:
    put(tmp_path, package, "drum/__init__", CAPABILITIES)
    put(tmp_path, package, "drum/wood", PROVIDER)
    put(tmp_path, package, "drum/skin", PROVIDER)
    assert channel_names(tmp_path / package) == ("drum",)
    assert list(load_channel("drum", package).providers) == ["skin", "wood"]


def test_every_channel_loads_and_its_capabilities_are_usable_figures() -> None:
    channels = load_channels()
    assert tuple(channels) == channel_names()
    for able in (channel.capabilities for channel in channels.values()):
        assert 0 < able.window <= able.batch
        assert able.longest_text > 0
        assert able.receipts == (able.receipt_deadline_seconds > 0)


def test_names_are_listed_without_loading_what_providers_need() -> None:
    asking = (
        "import sys; from notification.manifest import channel_names; channel_names();"
        "heavy = ('smpp', 'aiosmtpd', 'aiohttp', 'apprise', 'cryptography');"
        "print([m for m in heavy if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", asking], capture_output=True, check=True)
    assert said.stdout == b"[]\n"


def test_a_name_that_cannot_stand_in_a_subject_is_refused(tmp_path: Path, package: str) -> None:
    put(tmp_path, package, "Loud-Drum", CAPABILITIES + PROVIDER)
    with pytest.raises(ChannelNotLoaded, match="Loud-Drum"):
        channel_names(tmp_path / package)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_the_kind", "cannot be loaded: No module named"),
        ("def broken(", "cannot be loaded"),
        (PROVIDER, "CAPABILITIES"),
        (CAPABILITIES, "Settings"),
        (CAPABILITIES + "class Settings: ...", "Settings"),
        (CAPABILITIES + PROVIDER.replace("send", "post"), "0 classes with send"),
    ],
)
def test_what_is_no_channel_is_refused_by_name(
    tmp_path: Path, package: str, source: str, why: str
) -> None:
    put(tmp_path, package, "drum", source)
    with pytest.raises(ChannelNotLoaded, match=why) as refused:
        load_channel("drum", package)
    assert "drum" in str(refused.value)
