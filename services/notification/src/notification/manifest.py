"""The channels that exist: one for each file in the folder `channels`, named as the file is."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

FOLDER = Path(__file__).parent / "channels"
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
PARTS = {"Settings": "its settings", "CAPABILITIES": "its capabilities as data"}


class ChannelNotLoaded(Exception):  # noqa: N818 - a fact that stops the service
    """A file in the folder of channels is no channel; the sentence says which and why."""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """What a channel's file holds: its settings, its capabilities, and the class that sends."""

    name: str
    settings: type[BaseModel]
    capabilities: Any
    channel: type


def channel_names(folder: Path = FOLDER) -> tuple[str, ...]:
    """List the channels by the names of their files, without loading one."""
    stems = sorted(each.stem for each in folder.glob("*.py") if each.stem != "__init__")
    for stem in stems:
        if not NAME.fullmatch(stem):
            raise ChannelNotLoaded(f"{stem}.py: a channel's name is a word in small letters")
    return tuple(stems)


def load_channels() -> dict[str, ChannelKind]:
    """Load every channel; raise ChannelNotLoaded for the first one that is none."""
    return {name: load_channel(name) for name in channel_names()}


def load_channel(name: str, package: str = "notification.channels") -> ChannelKind:
    """Load one channel by its name."""
    try:
        module = import_module(f"{package}.{name}")
    except (ImportError, SyntaxError) as error:
        raise ChannelNotLoaded(f"channel {name} cannot be loaded: {error}") from error
    for part, words in PARTS.items():
        if not hasattr(module, part):
            raise ChannelNotLoaded(f"channel {name} does not say {words} ({part})")
    senders = tuple(_senders(module))
    if len(senders) != 1:
        raise ChannelNotLoaded(f"channel {name} has {len(senders)} classes with send, not one")
    return ChannelKind(name, module.Settings, module.CAPABILITIES, senders[0])


def _senders(module: ModuleType) -> Iterator[type]:
    for _, each in inspect.getmembers(module, inspect.isclass):
        if each.__module__ == module.__name__ and inspect.iscoroutinefunction(
            getattr(each, "send", None)
        ):
            yield each
