"""The channels that exist, by the names in the folder `channels`, and the providers of each."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from notification.provider_settings import ProviderSettings

if TYPE_CHECKING:
    from notification.ports import Capabilities

FOLDER = Path(__file__).parent / "channels"
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


class ChannelNotLoaded(Exception):  # noqa: N818 - a fact that stops the service
    """A file in the folder of channels is none; the sentence says which and why."""


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """What a provider's file holds: its settings, and the class that sends."""

    name: str
    settings: type[ProviderSettings]
    provider: type


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A channel: its capabilities, and the kinds of providers that it can have."""

    name: str
    capabilities: "Capabilities"
    providers: Mapping[str, ProviderKind]


def channel_names(folder: Path = FOLDER) -> tuple[str, ...]:
    """List the channels without loading one: a file is one, and a folder with files is one."""
    stems = sorted(_stems(folder))
    for stem in stems:
        if not NAME.fullmatch(stem):
            raise ChannelNotLoaded(f"{stem}: a channel's name is a word in small letters")
    return tuple(stems)


def load_channels() -> dict[str, ChannelKind]:
    """Load every channel; raise ChannelNotLoaded for the first one that is none."""
    return {name: load_channel(name) for name in channel_names()}


def load_channel(name: str, package: str = "notification.channels") -> ChannelKind:
    """Load one channel by its name, with every kind of provider that it has."""
    channel = _module(name, f"{package}.{name}")
    capabilities = getattr(channel, "CAPABILITIES", None)
    if capabilities is None:
        raise ChannelNotLoaded(f"channel {name} does not say its capabilities (CAPABILITIES)")
    folders = getattr(channel, "__path__", None)
    if folders is None:
        return ChannelKind(name, capabilities, {name: _provider(name, channel)})
    stems = sorted(_stems(Path(folders[0])))
    modules = {stem: _module(name, f"{package}.{name}.{stem}") for stem in stems}
    providers = {stem: _provider(stem, module) for stem, module in modules.items()}
    return ChannelKind(name, capabilities, providers)


def _stems(folder: Path) -> Iterator[str]:
    for each in folder.iterdir():
        if (each.suffix == ".py" and each.stem != "__init__") or (each / "__init__.py").is_file():
            yield each.stem


def _module(channel: str, path: str) -> ModuleType:
    try:
        return import_module(path)
    except (ImportError, SyntaxError) as error:
        raise ChannelNotLoaded(f"channel {channel} cannot be loaded: {error}") from error


def _provider(name: str, module: ModuleType) -> ProviderKind:
    settings = getattr(module, "Settings", None)
    if not (inspect.isclass(settings) and issubclass(settings, ProviderSettings)):
        raise ChannelNotLoaded(f"{name} has no Settings that are ProviderSettings")
    senders = tuple(_senders(module))
    if len(senders) != 1:
        raise ChannelNotLoaded(f"{name} has {len(senders)} classes with send, not one")
    return ProviderKind(name, settings, senders[0])


def _senders(module: ModuleType) -> Iterator[type]:
    for _, each in inspect.getmembers(module, inspect.isclass):
        if each.__module__ == module.__name__ and inspect.iscoroutinefunction(
            getattr(each, "send", None)
        ):
            yield each
