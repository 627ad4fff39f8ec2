"""A whole Kentongan of real processes on a bus of its own, for the promises that it makes."""

import asyncio
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from kentongan.children import Command
from kentongan.commands import service_commands
from kentongan.home import HOST, OFFSETS, Home, write_secret
from kentongan.parts import HEALTH
from kentongan.providers import practice_providers, written
from notification.manifest import channel_names
from sandbox.witness import Received, read, whole
from testkit.bus import NatsServer, make_server
from testkit.part import Part
from testkit.plugin import provision
from testkit.ports import free_port, free_ports

ALL: Final = ("sandbox", "intake", "triage", "audit", "notification", "notification-immediate")
OWN_SMSC: Final = "smsc"
SIGNED_SECONDS: Final = "1"

Settings = Mapping[str, Mapping[str, str]]
Providers = Mapping[str, Mapping[str, Any]]
AS_USUAL: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})


@dataclass(slots=True)
class World:
    """A bus, a home, and the parts that run there."""

    server: NatsServer
    home: Home
    parts: dict[str, Part] = field(default_factory=dict)

    @classmethod
    def made_in(
        cls,
        folder: Path,
        names: Sequence[str] = ALL,
        settings: Settings = AS_USUAL,
        providers: Providers = AS_USUAL,
    ) -> Self:
        """Make a world of these parts; `settings` has what is different for one of them.

        `providers` has what is different for the sandbox as the provider of a channel.
        """
        server, home = _server_and_home(folder)
        _write_providers(home, providers)
        world = cls(server, home)
        for command in _commands(home, names, settings):
            world.parts[command.name] = Part(command, _health(home, command))
        return world

    def start(self) -> None:
        """Start the bus, make its streams, then start the parts, all at once."""
        self.server.start()
        asyncio.run(provision(self.server))
        self.start_parts(self.parts)

    def start_parts(self, names: Iterable[str], *, without_bus: bool = False) -> None:
        """Start some parts, and return when all of them are ready."""
        started = [self.parts[name] for name in names]
        for part in started:
            part.start()
        for part in started:
            part.wait_until_ready(without_bus=without_bus)

    def stop_parts(self, names: Iterable[str]) -> None:
        """End some parts in order, the providers after those that use them."""
        providers = {"sandbox", OWN_SMSC}
        for name in sorted(names, key=lambda name: name in providers):
            self.parts[name].stop()

    def end(self) -> None:
        """End everything at once: what it holds is of no use to anybody any more."""
        for part in self.parts.values():
            part.kill()
        self.server.stop()

    def received(self, channel: str) -> list[Received]:
        """Return the whole messages that the providers of a channel took, in order."""
        folders = (self.home.path / "sandbox", self.home.path / OWN_SMSC)
        found = [each for folder in folders for each in read(folder / f"{channel}.jsonl")]
        return [each for each in whole(found) if each.accepted]

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the `kentongan` command as an operator types it, in the home of this world."""
        return subprocess.run(
            [sys.executable, "-m", "kentongan", *words, "--home", str(self.home.path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def smsc_of_its_own() -> Mapping[str, str]:
    """Return the settings of an SMSC that is a process by itself, and can be killed by itself."""
    ports = {name: str(free_port()) for name in ("PAGE", "PUSH", "SMS", "EMAIL")}
    return {f"KENTONGAN_SANDBOX_{name}_PORT": port for name, port in ports.items()}


def _server_and_home(folder: Path) -> tuple[NatsServer, Home]:
    """Make a server that stands where its home says, beside enough free ports."""
    home = Home(folder / "home")
    home.make(free_ports(len(OFFSETS)))
    server = make_server(folder / "nats", channel_names(), home.port("nats"))
    for user, password in server.passwords.items():
        (home.path / "secrets" / f"{user}.password").write_text(password)
    return server, home


def _write_providers(home: Home, different: Providers) -> None:
    """Write who carries the messages of this world: the sandbox, as it is set here."""
    known = practice_providers(home)
    for channel, settings in different.items():
        known[channel]["sandbox"] |= settings
    write_secret(home.providers_file, written(known))


def _commands(home: Home, names: Sequence[str], settings: Settings) -> Iterable[Command]:
    """Yield what runs, with the settings of `kentongan up` and those that are different here."""
    different = {"audit": {"KENTONGAN_AUDIT_CHECKPOINT_SECONDS": SIGNED_SECONDS}, **settings}
    for command in service_commands(home):
        if command.name == "sandbox" and OWN_SMSC in names:
            yield _smsc(command, settings[OWN_SMSC])
        if command.name in names:
            changed = {**command.settings, **different.get(command.name, {})}
            yield replace(command, settings=changed)


def _smsc(sandbox: Command, ports: Mapping[str, str]) -> Command:
    """Return a second sandbox, of which only the SMSC is used."""
    own = {"KENTONGAN_SANDBOX_HOME": str(sandbox.home.resolve() / OWN_SMSC)}
    return replace(sandbox, name=OWN_SMSC, settings={**sandbox.settings, **ports, **own})


def _health(home: Home, command: Command) -> str:
    """Return the address that says whether a part is ready."""
    if command.name == OWN_SMSC:
        return f"http://{HOST}:{command.settings['KENTONGAN_SANDBOX_PAGE_PORT']}/healthz"
    port, path = HEALTH[command.name]
    return home.address(port) + path
