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

CHANNEL = """
    class Settings: ...
    CAPABILITIES = object()
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


def put(tmp_path: Path, package: str, stem: str, source: str) -> None:
    (tmp_path / package / f"{stem}.py").write_text(dedent(source))


def test_the_channels_are_the_files_in_the_folder() -> None:
    assert channel_names() == ("email", "push", "sms")


def test_a_new_file_is_a_new_channel(tmp_path: Path, package: str) -> None:
    put(tmp_path, package, "drum", CHANNEL)
    assert channel_names(tmp_path / package) == ("drum",)
    assert load_channel("drum", package).channel.__name__ == "Drum"


def test_every_channel_loads() -> None:
    assert tuple(load_channels()) == channel_names()


def test_names_are_listed_without_loading_what_providers_need() -> None:
    asking = (
        "import sys; from notification.manifest import channel_names; channel_names();"
        "print([m for m in ('smpp', 'aiosmtplib', 'aiohttp', 'cryptography') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", asking], capture_output=True, check=True)
    assert said.stdout == b"[]\n"


def test_a_name_that_cannot_stand_in_a_subject_is_refused(tmp_path: Path, package: str) -> None:
    put(tmp_path, package, "Loud-Drum", CHANNEL)
    with pytest.raises(ChannelNotLoaded, match=r"Loud-Drum\.py"):
        channel_names(tmp_path / package)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_the_kind", "cannot be loaded: No module named"),
        ("def broken(", "cannot be loaded"),
        ("CAPABILITIES = 1", "Settings"),
        ("class Settings: ...", "CAPABILITIES"),
        ("class Settings: ...\nCAPABILITIES = 1", "0 classes with send"),
    ],
)
def test_what_is_no_channel_is_refused_by_name(
    tmp_path: Path, package: str, source: str, why: str
) -> None:
    put(tmp_path, package, "drum", source)
    with pytest.raises(ChannelNotLoaded, match=why) as refused:
        load_channel("drum", package)
    assert "drum" in str(refused.value)
