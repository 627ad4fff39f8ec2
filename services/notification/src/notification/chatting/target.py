"""One place in a chat service, written as Apprise's URLs are, and what may be said to it."""

import warnings
from collections.abc import Collection
from typing import Final

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, PersistentStoreMode
from apprise.plugins import N_MGR

from notification.chatting.fate import Fate, fate_of_what_is_said

with warnings.catch_warnings():
    # What Apprise can load of itself may want modules that Python is about to drop.
    warnings.simplefilter("ignore", DeprecationWarning)
    N_MGR.load_modules()  # type: ignore[no-untyped-call] # as Apprise has it

ASSET: Final = AppriseAsset(
    app_id="Kentongan",
    app_desc="Kentongan",
    app_url="",
    image_url_mask="",
    image_url_logo="",
    storage_mode=PersistentStoreMode.MEMORY,
    http_redirects=False,
)
LONGEST_URL: Final = 2048
CONNECTS_TO: Final = "host"


class NotATarget(ValueError):  # noqa: N818 - what the value is not
    """The text names no place of a service that is allowed; the sentence says why."""


class Target:
    """A place of one service; whoever knows its URL may speak there, so it is not for logs."""

    def __init__(self, plugin: NotifyBase) -> None:
        self._plugin = plugin

    def say(self, title: str, body: str) -> Fate | None:
        """Say it; return None when it was taken, else what is known of why not. It blocks."""
        with fate_of_what_is_said() as fate:
            taken = self._plugin.notify(
                body=body, title=title, body_format=NotifyFormat.TEXT, interpret_escapes=False
            )
        return None if taken else fate


def service_of(url: str) -> str:
    """Return the service that a URL begins with, in small letters."""
    return url.partition("://")[0].strip().lower()


def read_target(
    url: str, hosts: Collection[str], connect_seconds: float, answer_seconds: float
) -> Target:
    """Read a URL whose service is allowed; raise NotATarget.

    A service that anybody can host is spoken to at `hosts` only. What the URL says about patience,
    redirections and certificates does not count.
    """
    if len(url) > LONGEST_URL or not url.isprintable() or not url.isascii():
        raise NotATarget("a URL of a chat service is short, and written in ASCII")
    with fate_of_what_is_said():
        plugin = Apprise.instantiate(url, asset=ASSET, suppress_exceptions=True)
    if not isinstance(plugin, NotifyBase):
        raise NotATarget("this is no URL of a chat service")
    if len(plugin) != 1:
        raise NotATarget("the URL names several places: each is an address of its own")
    if CONNECTS_TO in plugin.template_tokens and plugin.host not in hosts:
        raise NotATarget("the host is none that the operator allows")
    plugin.socket_connect_timeout = connect_seconds
    plugin.socket_read_timeout = answer_seconds
    plugin.verify_certificate = True
    plugin.redirects = False
    return Target(plugin)
