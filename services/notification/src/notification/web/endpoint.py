"""The URL of a webhook: how it must be written, and how it is kept so that two of it are one."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from notification.web.request import HIGHEST_PORT, USUAL_PORTS

LONGEST_URL: Final = 2048
LONGEST_HOST: Final = 253
HTTPS: Final = "https"
THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>(?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?)",
    re.IGNORECASE | re.ASCII,
)
ENDS_IN_A_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


class NotAnEndpoint(ValueError):  # noqa: N818 - what the value is not
    """The text is no URL of a webhook; the sentence says why, without the text."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a webhook goes; whoever knows the URL may post there, so it is not for logs."""

    scheme: str
    host: str
    port: int
    rest: str

    @property
    def origin(self) -> str:
        """Return scheme, host and port, the port only where it is not the usual one."""
        usual = self.port == USUAL_PORTS[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if usual else f":{self.port}")

    @property
    def url(self) -> str:
        """Return all of it, as it is kept."""
        return f"{self.origin}{self.rest}"


def read_endpoint(text: str) -> Endpoint:
    """Read a URL: https, or http to this machine for practice; raise NotAnEndpoint."""
    if len(text) > LONGEST_URL:
        raise NotAnEndpoint(f"a URL of a webhook has at most {LONGEST_URL} characters")
    found = URL.fullmatch(text)
    if found is None:
        raise NotAnEndpoint(_wrong(text))
    scheme, host = found["scheme"].lower(), found["host"].lower()
    port = int(found["port"] or USUAL_PORTS[scheme])
    if not 0 < port <= HIGHEST_PORT or not _is_host(host):
        raise NotAnEndpoint("the host or the port of the URL is none")
    if scheme != HTTPS and host not in THIS_MACHINE:
        raise NotAnEndpoint("a webhook is https; only to this machine, to practice, it may be http")
    rest = found["rest"] if found["rest"].startswith("/") else f"/{found['rest']}"
    return Endpoint(scheme, host, port, rest)


def _is_host(host: str) -> bool:
    """Tell whether this is a name or a whole address; 127.1 and 0x7f000001 are other writings."""
    try:
        if host.startswith("["):
            return bool(IPv6Address(host[1:-1]))
        if ENDS_IN_A_NUMBER.fullmatch(host):
            return bool(IPv4Address(host))
    except ValueError:
        return False
    return len(host) <= LONGEST_HOST


def _wrong(text: str) -> str:
    """Say what is wrong with a URL, without the URL itself."""
    if not re.match(r"https?://", text, re.IGNORECASE):
        return "this is no URL of a webhook, as in https://example.org/hook"
    authority = re.split(r"[/?#]", text.split("://", 1)[1], maxsplit=1)[0]
    if "@" in authority:
        return "the URL holds a name or a password before @: leave it out"
    if "#" in text:
        return "the URL has a fragment (#…): leave it out"
    return "the URL has characters that are none of a URL: write them as %…, a name in ASCII"
