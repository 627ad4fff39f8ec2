"""The file of providers: at the first start the sandbox, then whoever the operator writes in it."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kentongan.home import HOST, SMSC, Home, write_secret
from sandbox.app import SUBSCRIPTIONS_FILE
from sandbox.subscriptions import Subscriptions

Table = Mapping[str, Any]
Providers = Mapping[str, Mapping[str, Table]]
HEAD: Final = """\
# Who carries your messages. Below a channel stands each of its providers, under a name of your own.
# To reach real people, put your provider here and take the sandbox out: docs/operator.md says how.
# A change is taken within a second; a mistake changes nothing, and `kentongan doctor` names it.
"""


def write_practice_providers(home: Home) -> None:
    """Write the file if it is not there yet."""
    if not home.providers_file.exists():
        providers = practice_providers(home)
        for channel, address in _own_addresses(home).items():
            providers[channel]["sandbox"]["link_test_address"] = address
        write_secret(home.providers_file, HEAD + written(providers))


def practice_providers(home: Home) -> dict[str, dict[str, dict[str, Any]]]:
    """Return how the channels reach the sandbox.

    The immediate lane binds under a `system_id` of its own, because an SMSC gives a receipt to any
    session of an account.
    """
    return {
        "sms": {
            "sandbox": {
                "kind": "smpp",
                "practice": True,
                "host": HOST,
                "port": home.port("smsc"),
                "system_id": "kentongan",
                "password": home.password(SMSC),
                "immediate": {"system_id": "kentongan-fast"},
            }
        },
        "email": {
            "sandbox": {
                "kind": "smtp",
                "practice": True,
                "host": HOST,
                "port": home.port("mailbox"),
            }
        },
        "push": {
            "sandbox": {
                "kind": "webpush",
                "practice": True,
                "vapid_key_file": str(home.vapid_key.resolve()),
                "practice_origins": [home.address("push")],
            }
        },
    }


def _own_addresses(home: Home) -> dict[str, str]:
    """Return where the sandbox takes link tests: addresses of nobody, and a new subscription."""
    (subscription,) = Subscriptions(home.path / "sandbox" / SUBSCRIPTIONS_FILE).create(1)
    return {
        "sms": "+628123009999",
        "email": "link-test@kentongan.example",
        "push": json.dumps(subscription.given_out(home.address("push"))),
    }


def written(providers: Providers) -> str:
    """Write providers as TOML."""
    tables = (
        _table(f"{channel}.{name}", table)
        for channel, named in providers.items()
        for name, table in named.items()
    )
    return "\n" + "\n".join(line for table in tables for line in table)


def live_channels(home: Home) -> frozenset[str]:
    """Return the channels that may reach real people, as far as the file can be read."""
    try:
        channels = tomllib.loads(home.providers_file.read_text())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(
        channel
        for channel, named in channels.items()
        if isinstance(named, dict) and any(_is_live(table) for table in named.values())
    )


def _is_live(table: Any) -> bool:
    return isinstance(table, dict) and table.get("practice") is not True


def _table(name: str, table: Table) -> Iterator[str]:
    yield f"[{name}]"
    for key, value in table.items():
        if not isinstance(value, Mapping):
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
    yield ""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _table(f"{name}.{key}", value)
