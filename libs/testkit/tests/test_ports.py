"""Two servers of tests never get the same port, and no connection takes it from them."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from testkit import ports
from testkit.ports import FIRST, LAST, free_port, free_ports

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
DRAW = "from testkit.ports import free_ports; print([free_ports(3) for _ in range(20)])"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ports, "LEDGER", tmp_path / "ports")
    return tmp_path / "ports"


def test_nobody_gets_what_another_process_got() -> None:
    drawing = [subprocess.Popen([sys.executable, "-c", DRAW], stdout=-1) for _ in range(3)]
    drawn = [json.loads(each.communicate()[0]) for each in drawing]
    every = [first + k for firsts in drawn for first in firsts for k in range(3)]
    assert len(every) == len(set(every)) == 180


def test_a_port_that_somebody_has_is_passed_over(ledger: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ledger.write_text(str(FIRST))
        first = free_port()
    with socket.socket() as held:
        held.bind(("127.0.0.1", first + 1))
        assert free_port() != first + 1


def test_the_row_begins_anew_at_its_end(ledger: Path) -> None:
    ledger.write_text(str(LAST - 1))
    assert FIRST <= free_ports(5) < LAST - 5


@pytest.mark.skipif(not RANGE.exists(), reason="this system does not say what it gives out itself")
def test_the_system_gives_none_of_them_to_a_connection() -> None:
    assert int(RANGE.read_text().split()[0]) >= LAST
