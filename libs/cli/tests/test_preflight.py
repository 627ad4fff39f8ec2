"""What keeps Kentongan from starting is one clear line."""

import socket
import sqlite3
import sys
from pathlib import Path

import pytest

from kentongan.home import OFFSETS, Home
from kentongan.preflight import (
    NotReady,
    folder_findings,
    nats_server_binary,
    only_one,
    port_findings,
    refuse_to_start_on,
    store_findings,
)
from testkit.ports import free_ports


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make(free_ports(len(OFFSETS)))
    return made


def test_nothing_keeps_it_from_starting_on_a_new_home(home: Home) -> None:
    refuse_to_start_on(home)


def test_a_port_in_use_is_named_with_what_it_is_for(home: Home) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", home.port("mailbox")))
        held.listen()
        (ill,) = [each for each in port_findings(home) if not each.well]
        assert ill.advice.startswith(f"port {home.port('mailbox')} (mailbox) is in use")
        with pytest.raises(NotReady, match="mailbox"):
            refuse_to_start_on(home)


def test_a_missing_binary_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotReady, match="make setup"):
        nats_server_binary()


def test_a_damaged_store_is_named(home: Home) -> None:
    store = home.path / "intake" / "intake.db"
    store.parent.mkdir()
    store.write_bytes(b"this was a database once" * 200)
    with pytest.raises(NotReady, match=r"intake\.db is damaged"):
        refuse_to_start_on(home)


def test_a_sound_store_is_no_finding(home: Home) -> None:
    store = home.path / "audit" / "audit.db"
    store.parent.mkdir()
    with sqlite3.connect(store) as opened:
        opened.execute("CREATE TABLE entries (id INTEGER)")
    opened.close()
    assert not list(store_findings(home))


def test_a_secret_that_others_can_read_is_named(home: Home) -> None:
    (home.path / "secrets" / "audit.password").chmod(0o644)
    (ill,) = [each for each in folder_findings(home) if not each.well]
    assert "audit.password: chmod 600" in ill.advice


def test_a_second_supervisor_on_the_same_home_is_refused(home: Home) -> None:
    with only_one(home), pytest.raises(NotReady, match="already runs"), only_one(home):
        pass
    with only_one(home):
        pass
