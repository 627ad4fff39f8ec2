"""What `kentongan up` starts: each child with its settings."""

import json
import sys
from collections.abc import Iterator, Mapping

from common.messaging.accounts import USERS
from common.messaging.server import ServerLayout, server_file
from kentongan.children import Command
from kentongan.home import HOST, SMSC, Home, write_secret
from kentongan.preflight import nats_server_binary
from notification.manifest import channel_names

Settings = Mapping[str, str]


def nats_command(home: Home) -> Command:
    """Write the server's configuration, and return what runs it."""
    layout = ServerLayout(
        store=(home.path / "nats").resolve(),
        port=home.port("nats"),
        monitoring_port=home.port("nats-monitoring"),
        host=HOST,
    )
    file = home.path / "nats.conf"
    passwords = {user: home.password(user) for user in USERS}
    write_secret(file, server_file(layout, channel_names(), passwords))
    arguments = (str(nats_server_binary()), "-c", str(file.resolve()))
    return Command("nats-server", arguments, {}, home.path)


def service_commands(home: Home) -> Iterator[Command]:
    """Yield the sandbox first, so that its providers are there, then the services."""
    yield _python(home, "sandbox", "sandbox", _sandbox(home))
    yield _service(home, "intake", _intake(home))
    yield _service(home, "triage", _named("TRIAGE", home, "triage", port="triage"))
    yield _service(home, "audit", _audit(home))
    slow = _notification(home, "notification", lanes=("priority", "routine"), desk=True)
    yield _service(home, "notification", slow)
    fast = _notification(home, "immediate", lanes=("immediate",), desk=False)
    yield _service(home, "notification", fast, name="notification-immediate")


def _service(home: Home, service: str, settings: Settings, name: str = "") -> Command:
    """Return the command of a service, with its NATS user."""
    bus = home.bus_settings(service)
    reach = {
        "KENTONGAN_BUS_URL": bus.url,
        "KENTONGAN_BUS_USER": bus.user,
        "KENTONGAN_BUS_PASSWORD": bus.password.get_secret_value(),
    }
    return _python(home, name or service, service, {**reach, **settings})


def _python(home: Home, name: str, module: str, settings: Settings) -> Command:
    """Return what runs a module of ours."""
    return Command(name, (sys.executable, "-m", module), settings, home.path)


def _named(prefix: str, home: Home, service: str, *, port: str) -> dict[str, str]:
    """Return where a service keeps its store and serves its health."""
    return {
        f"KENTONGAN_{prefix}_DATABASE_URL": home.database(service),
        f"KENTONGAN_{prefix}_HOST": HOST,
        f"KENTONGAN_{prefix}_PORT": str(home.port(port)),
    }


def _intake(home: Home) -> Settings:
    """Return intake's settings."""
    return _named("INTAKE", home, "intake", port="api")


def _audit(home: Home) -> Settings:
    """Return audit's settings: its key and its checkpoints lie outside the database."""
    folder = str((home.path / "audit").resolve())
    return _named("AUDIT", home, "audit", port="audit") | {"KENTONGAN_AUDIT_FOLDER": folder}


def _sandbox(home: Home) -> Settings:
    """Return the sandbox's settings."""
    return {
        "KENTONGAN_SANDBOX_HOME": str((home.path / "sandbox").resolve()),
        "KENTONGAN_SANDBOX_HOST": HOST,
        "KENTONGAN_SANDBOX_PAGE_PORT": str(home.port("page")),
        "KENTONGAN_SANDBOX_PUSH_PORT": str(home.port("push")),
        "KENTONGAN_SANDBOX_SMS_PORT": str(home.port("smsc")),
        "KENTONGAN_SANDBOX_EMAIL_PORT": str(home.port("mailbox")),
        "KENTONGAN_SANDBOX_SMS_PASSWORD": home.password(SMSC),
    }


def _notification(home: Home, port: str, *, lanes: tuple[str, ...], desk: bool) -> dict[str, str]:
    """Return the settings of one notification process and its lanes."""
    return {
        "KENTONGAN_NOTIFICATION_DIRECTORY_URL": home.database("notification", "directory"),
        "KENTONGAN_NOTIFICATION_DELIVERY_URL": home.database("notification", "delivery"),
        "KENTONGAN_NOTIFICATION_HOST": HOST,
        "KENTONGAN_NOTIFICATION_PORT": str(home.port(port)),
        "KENTONGAN_NOTIFICATION_LANES": json.dumps(lanes),
        "KENTONGAN_NOTIFICATION_DESK": str(desk).lower(),
        "KENTONGAN_NOTIFICATION_PROVIDERS_FILE": str(home.providers_file.resolve()),
    }
