"""The doctor of a home that does not run says what keeps it from running."""

import asyncio
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kentongan.__main__ import app
from kentongan.doctor import examine
from kentongan.home import OFFSETS, Home
from testkit.ports import free_ports


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make(free_ports(len(OFFSETS)))
    return made


def test_an_idle_home_is_told_how_to_start(home: Home) -> None:
    told = CliRunner().invoke(app, ["doctor", "--home", str(home.path)])
    assert told.exit_code == 1
    assert f"start it with `kentongan up --home {home.path}`" in told.stdout


def test_a_port_that_somebody_holds_is_named(home: Home) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", home.port("smsc")))
        held.listen()
        findings = asyncio.run(examine(home))
    (held_by,) = [each for each in findings if "in use" in each.advice]
    assert f"port {home.port('smsc')} (smsc)" in held_by.advice


def test_a_damaged_store_is_named_although_nothing_runs(home: Home) -> None:
    store = home.path / "audit" / "audit.db"
    store.parent.mkdir()
    store.write_bytes(b"no database" * 500)
    findings = asyncio.run(examine(home))
    assert [each.what for each in findings if "is damaged (" in each.advice] == [
        f"{store} can be read"
    ]
