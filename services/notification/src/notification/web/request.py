"""A request as it goes over the wire (RFC 9112 §3), and whom it goes to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

HIGHEST_PORT: Final = 65_535
USUAL_PORTS: Final[Mapping[str, int]] = {"https": 443, "http": 80}
URL: Final = re.compile(
    r"(?P<origin>(?:http|https)://[^/?#@\s\x00-\x1f\x7f]+)"
    r"(?P<target>[/?][!\"$-~]*)?"
    r"(?:#[!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
ORIGIN: Final = re.compile(
    r"(?P<scheme>https?)://(?:\[(?P<literal>[0-9a-f:.]+)\]|(?P<host>[^\[\]:]+))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
ALWAYS: Final = "Accept: */*\r\nAccept-Encoding: identity\r\nUser-Agent: Kentongan\r\n"


class NotARequest(ValueError):  # noqa: N818 - what it is not
    """The URL is none, or a header would break out of its line; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who is connected to: a host by name or address, a port, and whether it must prove itself."""

    host: str
    port: int
    is_secure: bool


@dataclass(frozen=True, slots=True)
class Request:
    """The octets of a request, and the server that they are for."""

    server: Server
    octets: bytes


def request(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
) -> Request:
    """Write a request whose URL is encoded already; raise NotARequest."""
    parts = URL.fullmatch(url)
    if parts is None:
        raise NotARequest("the URL is none, or is not encoded")
    server, authority = _server(parts["origin"].lower())
    target = parts["target"] or "/"
    slash = "" if target.startswith("/") else "/"
    own = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    head = f"{method} {slash}{target} HTTP/1.1\r\nHost: {authority}\r\n{ALWAYS}{own}{length}\r\n"
    if head.count("\n") != head.count("\r") or head.count("\n") != len(headers) + 6 + bool(length):
        raise NotARequest("a header breaks out of its line")
    return Request(server, head.encode() + (body or b""))


@lru_cache(maxsize=1024)
def _server(origin: str) -> tuple[Server, str]:
    """Read scheme, host and port; raise NotARequest."""
    read = ORIGIN.fullmatch(origin)
    if read is None:
        raise NotARequest("the URL's host or port is none")
    port = int(read["port"] or USUAL_PORTS[read["scheme"]])
    if not 0 < port <= HIGHEST_PORT:
        raise NotARequest("the URL's port is none")
    authority = origin.partition("://")[2]
    return Server(read["literal"] or read["host"], port, read["scheme"] == "https"), authority
