"""An alert is sent, shown, approved and rejected, as people type it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from common.cap import alert_id, write_json, write_xml
from common.problems import Refusal
from kentongan import keys
from kentongan.alert import app
from testkit.builders import SENDER, alert

if TYPE_CHECKING:
    from pathlib import Path

    from libs.cli.tests.conftest import Types

pytestmark = pytest.mark.integration
WAVE = alert_id(alert().key)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "alert.xml"
    written.write_bytes(write_xml(alert()))
    return written


def as_json(file: Path) -> Path:
    """Write another alert, in the JSON form of CAP."""
    written = file.with_suffix(".json")
    written.write_bytes(write_json(alert(identifier="wave-2")))
    return written


async def new_key(types: Types, may: str) -> str:
    wish = ("create", "--name", may, "--as", SENDER, "--may", may)
    return (await types(keys.app, *wish)).stdout.strip()


async def test_an_alert_is_sent_in_either_form_and_shown(types: Types, file: Path) -> None:
    key = await new_key(types, "publish")
    sent = await types(app, "send", str(file), "--key", key)
    assert sent.stdout.strip() == WAVE
    assert (await types(app, "send", str(as_json(file)), "--key", key)).exit_code == 0
    shown = await types(app, "show", WAVE, "--key", key)
    assert "verdict" in shown.stdout
    document = await types(app, "show", WAVE, "--json", "--key", key)
    assert '"msgType": "Alert"' in document.stdout


async def test_a_second_person_lists_approves_and_rejects(types: Types, file: Path) -> None:
    await types(app, "send", str(file), "--key", await new_key(types, "publish"))
    second = await new_key(types, "approve")
    assert "nothing waits" in (await types(app, "held", "--key", second)).stdout
    approved = await types(app, "approve", WAVE, "--key", second)
    assert f"{WAVE} approved: released" in approved.stdout
    rejected = await types(app, "reject", WAVE, "--why", "a drill went live", "--key", second)
    assert "rejected, a drill went live" in rejected.stdout


async def test_the_key_is_of_the_environment_or_of_the_home(
    types: Types, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KENTONGAN_KEY", raising=False)
    assert (await types(app, "send", str(file))).exit_code == 2
    key = await new_key(types, "publish")
    (tmp_path / "home" / "publisher.key").write_text(f"{key}\n")
    assert (await types(app, "send", str(file))).exit_code == 0
    monkeypatch.setenv("KENTONGAN_KEY", "ktg_wrong")
    assert isinstance((await types(app, "send", str(file))).exception, Refusal)


async def test_a_file_that_is_not_there_is_one_sentence(types: Types, tmp_path: Path) -> None:
    sent = await types(app, "send", str(tmp_path / "none.xml"), "--key", "ktg_x")
    assert sent.exit_code == 2
    assert "No such file" in re.sub(r"[\s│]+", " ", sent.stderr)
