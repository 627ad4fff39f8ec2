"""The providers of every channel, as an operator writes them in a TOML file.

[sms.indosat]               # channel, and a name of your own for outcomes and metrics
kind = "smpp"               # the file in channels/sms; may be left out where there is one
host = "smsc.example.org"   # whatever settings that kind has

[sms.indosat.immediate]     # what is different in the processes of the immediate lane
system_id = "village-fast"
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from notification.addresses import NotAnAddress, addresses
from notification.manifest import NAME, ChannelKind, ProviderKind
from notification.provider_settings import ProviderSettings

IMMEDIATE: Final = "immediate"
KIND: Final = "kind"
LINK_TEST_ADDRESS: Final = "link_test_address"
SAME_IN_EVERY_LANE: Final = (
    "practice",
    LINK_TEST_ADDRESS,
    "link_test_at",
    "link_test_every_seconds",
    "link_test_receipt_seconds",
)


class ProvidersRefused(ValueError):  # noqa: N818 - a fact that an operator mends
    """The file cannot be used; the sentence names the entry and the rule."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One provider as it is set; `is_split` if the immediate lane has a table of its own."""

    channel: str
    name: str
    kind: ProviderKind
    settings: ProviderSettings
    is_split: bool = False


def read_providers(
    text: str, kinds: Mapping[str, ChannelKind], *, immediate: bool = False
) -> tuple[Entry, ...]:
    """Read the file, whole or not at all: `ProvidersRefused` names the first thing wrong.

    With `immediate` what stands under an entry's `immediate` takes the place of the rest.
    """
    try:
        channels = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProvidersRefused(f"it is no TOML: {error}") from None
    return tuple(_entries(channels, kinds, immediate=immediate))


def _entries(
    channels: Mapping[str, Any], kinds: Mapping[str, ChannelKind], *, immediate: bool
) -> Iterator[Entry]:
    for channel, providers in channels.items():
        if channel not in kinds:
            raise ProvidersRefused(f"[{channel}]: channels are {_listed(kinds)}")
        for name, known in _tables(channel, providers):
            if not NAME.fullmatch(name):
                raise ProvidersRefused(f"[{channel}.{name}]: a name is a word in small letters")
            kind = _kind(f"{channel}.{name}", known, kinds[channel].providers)
            settings = _settings(f"{channel}.{name}", kind, known, immediate=immediate)
            settings = _with_own_address(channel, name, settings)
            yield Entry(channel, name, kind, settings, is_split=IMMEDIATE in known)


def _tables(where: str, found: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(found, dict):
        raise ProvidersRefused(f"[{where}]: it holds tables, one for each provider")
    for name, table in found.items():
        if not isinstance(table, dict):
            raise ProvidersRefused(f"[{where}] {name}: a provider is a table [{where}.<name>]")
        yield name, table


def _kind(where: str, known: Mapping[str, Any], kinds: Mapping[str, ProviderKind]) -> ProviderKind:
    named = known.get(KIND, next(iter(kinds)) if len(kinds) == 1 else None)
    if not isinstance(named, str) or named not in kinds:
        raise ProvidersRefused(f"[{where}] {KIND}: it is one of {_listed(kinds)}")
    return kinds[named]


def _settings(
    where: str, kind: ProviderKind, known: Mapping[str, Any], *, immediate: bool
) -> ProviderSettings:
    """Check the settings of both kinds of processes, and return those of ours."""
    plain = {key: value for key, value in known.items() if key not in {KIND, IMMEDIATE}}
    different = known.get(IMMEDIATE, {})
    if not isinstance(different, dict):
        raise ProvidersRefused(f"[{where}] {IMMEDIATE}: it is a table [{where}.{IMMEDIATE}]")
    slow = _validated(where, kind, plain)
    fast = _validated(f"{where}.{IMMEDIATE}", kind, plain | different)
    for field in SAME_IN_EVERY_LANE:
        if getattr(slow, field) != getattr(fast, field):
            raise ProvidersRefused(f"[{where}] {field}: it is the same in every lane")
    return fast if immediate else slow


def _with_own_address(channel: str, name: str, settings: ProviderSettings) -> ProviderSettings:
    """Write the address of link tests as the directory would keep it; it must be one, and one."""
    if not settings.link_test_address:
        return settings
    where = f"[{channel}.{name}] {LINK_TEST_ADDRESS}"
    try:
        own = addresses(channel, settings.link_test_address)
    except NotAnAddress as wrong:
        raise ProvidersRefused(f"{where}: {wrong} ({wrong.rule})") from None
    if len(own) != 1:
        raise ProvidersRefused(f"{where}: it is one address")
    return settings.model_copy(update={LINK_TEST_ADDRESS: own[0]})


def _validated(where: str, kind: ProviderKind, known: Mapping[str, Any]) -> ProviderSettings:
    try:
        return kind.settings.model_validate(known)
    except ValidationError as refused:
        first = refused.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise ProvidersRefused(f"[{where}] {field}: {first['msg']}".replace(" :", ":")) from None


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(names))
