"""A village whose links to the bus and to its providers are ours to break."""

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self
from urllib.parse import urljoin

import httpx
from prometheus_client.parser import text_string_to_metric_families

from kentongan.greeting import make_first_key
from kentongan.home import HOST
from testkit.bus import ChildServer
from testkit.ground import Environment, Ground, as_usual
from testkit.keeping import kept, revived
from testkit.proxy import Proxy
from testkit.town_halls import WEBHOOK
from testkit.village import Village
from testkit.world import World

BUS: Final = "bus"
PUSH: Final = "push"
PORTS: Final = {"sms": "smsc", "email": "mailbox", PUSH: "push", BUS: "nats"}
DELIVERS: Final = ("notification", "notification-immediate")
SERVICES: Final = ("intake", "triage", "audit", *DELIVERS)
NATS: Final = "nats-server"
NOTHING: Final[Environment] = MappingProxyType({})


class LinkedVillage(Village):
    """The parts of `kentongan up`, where notification reaches all others through proxies."""

    def __init__(
        self, folder: Path, links: Mapping[str, Proxy], environment: Environment = NOTHING
    ) -> None:
        super().__init__(folder, 0)
        url = {"KENTONGAN_BUS_URL": f"nats://{HOST}:{links[BUS].port}"}
        self.folder = folder
        self.links = links
        self.started_again: list[str] = []
        self.noted: list[str] = []
        self.world = World.made_in(
            folder,
            settings={
                name: {**environment, **(url if name in DELIVERS else {})} for name in SERVICES
            },
            providers={
                "sms": {"port": links["sms"].port},
                "email": {"port": links["email"].port},
                PUSH: {"practice_origins": [self.push_origin]},
            },
        )
        self.home = self.world.home
        for name, port in PORTS.items():
            links[name].target_port = self.home.port(port)

    @property
    def push_origin(self) -> str:
        """Return where the push service is for those who push."""
        return f"http://{HOST}:{self.links[PUSH].port}"

    def hooks_origin(self, port: int) -> str:
        """Return where the link to receivers of webhooks at a port begins."""
        self.links[WEBHOOK].target_port = port
        return f"http://{HOST}:{self.links[WEBHOOK].port}"

    def start(self) -> Self:
        """Start all of it, and make a key for who publishes."""
        self.world.start()
        asyncio.run(make_first_key(self.home))
        return self

    def pid(self, name: str) -> int:
        """Return the process id of one of its parts."""
        return self.server.pid if name == NATS else self.world.parts[name].pid

    @property
    def server(self) -> ChildServer:
        """Return its nats-server, which is a process of ours."""
        if not isinstance(self.world.server, ChildServer):
            raise TypeError("a server in a container has no process of ours")
        return self.world.server

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Stop a process where it stands (SIGSTOP), until the block ends."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def wait_until_well(self) -> None:
        """Return when every part is ready and nothing is degraded."""
        for part in self.world.parts.values():
            part.wait_until_ready()

    def sample(self, part: str, name: str, **labels: str) -> float:
        """Return the value of one series that a part shows; `LookupError` if it shows none."""
        metrics = urljoin(self.world.parts[part].health, "/metrics")
        page = httpx.get(metrics, trust_env=False).text
        for family in text_string_to_metric_families(page):
            for each in family.samples:
                if each.name == name and each.labels == labels:
                    return float(each.value)
        raise LookupError(f"{part} does not show {name} {labels}")

    def octets_received(self, channel: str) -> int:
        """Return how long the record of a channel is."""
        file = self.record(channel)
        return file.stat().st_size if file.exists() else 0


@contextmanager
def linked_village(folder: Path, ground: Ground = as_usual) -> Iterator[LinkedVillage]:
    """Run one until the block ends; its processes are started again as a supervisor does."""
    with ExitStack() as held:
        environment = held.enter_context(ground(folder))
        links = {name: held.enter_context(Proxy()) for name in (*PORTS, WEBHOOK)}
        village = LinkedVillage(folder, links, environment)
        held.callback(village.world.end)
        village.start()
        village.started_again = held.enter_context(kept(village.world.parts.values()))
        held.enter_context(revived(village.server, village.started_again))
        yield village
