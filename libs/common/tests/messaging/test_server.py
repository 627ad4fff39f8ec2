"""An embedded server is on disk before it acks, listens where it is told, and knows its users."""

import json
import subprocess
import urllib.request
from pathlib import Path

import pytest

from common.messaging.accounts import USERS
from common.messaging.server import ServerLayout, server_file
from testkit.bus import NatsServer, binary

PASSWORDS = {user: f"{user}-password" for user in USERS}


def test_a_server_takes_the_file_that_is_written_for_it(tmp_path: Path) -> None:
    file = tmp_path / "nats.conf"
    file.write_text(server_file(ServerLayout(tmp_path / "store", 4222, 8222), ["sms"], PASSWORDS))
    done = subprocess.run([binary(), "-t", "-c", file], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_place_with_quotes_and_blanks_in_its_name_is_a_place(tmp_path: Path) -> None:
    store = tmp_path / 'the "old" drum'
    file = tmp_path / "nats.conf"
    file.write_text(server_file(ServerLayout(store, 4222, 8222), ["sms"], PASSWORDS))
    done = subprocess.run([binary(), "-t", "-c", file], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.integration
def test_every_ack_follows_a_sync_to_the_disk(nats_server: NatsServer) -> None:
    address = f"http://127.0.0.1:{nats_server.monitoring_port}/jsz?config=true"
    with urllib.request.urlopen(address, timeout=5) as answer:
        config = json.load(answer)["config"]
    assert config["sync_always"] is True


@pytest.mark.integration
def test_a_client_that_answers_no_ping_is_given_messages_for_seconds_only(
    nats_server: NatsServer,
) -> None:
    address = f"http://127.0.0.1:{nats_server.monitoring_port}/varz"
    with urllib.request.urlopen(address, timeout=5) as answer:
        told = json.load(answer)
    assert (told["ping_interval"], told["ping_max"]) == (3_000_000_000, 2)
