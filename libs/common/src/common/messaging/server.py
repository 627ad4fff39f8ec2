"""The configuration of an embedded nats-server: on disk before it acks, with accounts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.messaging.accounts import accounts_file


@dataclass(frozen=True, slots=True)
class ServerLayout:
    """Where an embedded server listens and keeps its data, and how many bytes it may keep."""

    store: Path
    port: int
    monitoring_port: int
    host: str = "127.0.0.1"
    max_file_store_bytes: int = 4 * 1024**3


def server_file(layout: ServerLayout, channels: Sequence[str], passwords: Mapping[str, str]) -> str:
    """Return a whole nats-server configuration; every ack is given after an fsync.

    A client that answers no ping is gone within nine seconds: until then it is given messages.
    """
    jetstream = {
        "store_dir": str(layout.store),
        "sync_interval": "always",
        "max_file_store": layout.max_file_store_bytes,
        "max_memory_store": 0,
    }
    return (
        f"server_name: kentongan\nlisten: {json.dumps(f'{layout.host}:{layout.port}')}\n"
        f"http: {json.dumps(f'{layout.host}:{layout.monitoring_port}')}\n"
        f"jetstream: {json.dumps(jetstream)}\n"
        'ping_interval: "3s"\nping_max: 2\n'
        'write_deadline: "10s"\nlame_duck_duration: "30s"\nlame_duck_grace_period: "5s"\n'
        + accounts_file(channels, passwords)
    )
