"""A request is written whole, for one server, and nothing in it begins another."""

import pytest

from notification.web.request import NotARequest, Server, request


def head(url: str, headers: dict[str, str] | None = None) -> list[str]:
    written = request("POST", url, headers or {}, b"abc").octets
    before, _, body = written.partition(b"\r\n\r\n")
    assert body == b"abc"
    return before.decode().split("\r\n")


def test_a_request_has_a_line_headers_and_a_body() -> None:
    lines = head("https://Push.example:8443/send/1?a=b#part", {"TTL": "60"})
    assert lines[:2] == ["POST /send/1?a=b HTTP/1.1", "Host: push.example:8443"]
    assert {"TTL: 60", "Content-Length: 3", "Accept-Encoding: identity"} < set(lines)


def test_a_request_without_a_body_says_no_length() -> None:
    written = request("GET", "http://a.example/", {}).octets
    assert b"Content-Length" not in written
    assert written.endswith(b"\r\n\r\n")


def test_an_empty_body_is_a_body() -> None:
    assert b"Content-Length: 0\r\n" in request("POST", "http://a.example/", {}, b"").octets


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://A.example", Server("a.example", 443, is_secure=True)),
        ("HTTP://a.example/", Server("a.example", 80, is_secure=False)),
        ("https://a.example:8443/x", Server("a.example", 8443, is_secure=True)),
        ("http://[2001:db8::1]:81/x", Server("2001:db8::1", 81, is_secure=False)),
    ],
)
def test_the_server_is_read_from_the_url(url: str, server: Server) -> None:
    assert request("POST", url, {}).server == server


@pytest.mark.parametrize(
    ("url", "target"),
    [("https://a", "/"), ("https://a?q", "/?q"), ("https://a#x", "/"), ("https://a/b//c", "/b//c")],
)
def test_the_target_begins_with_a_slash(url: str, target: str) -> None:
    assert head(url)[0] == f"POST {target} HTTP/1.1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example/",
        "https://",
        "https:///x",
        "https://user@a.example/",
        "https://a.example:0/",
        "https://a.example:65536/",
        "https://a.example:x/",
        "https://a.example/ HTTP/1.1",
        "https://a.example/\r\nX: y",
        "https://a.example/é",
        "https://[::1/",
        "https://a.example\n/",
    ],
)
def test_what_is_no_url_is_no_request(url: str) -> None:
    with pytest.raises(NotARequest):
        request("POST", url, {})


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\rb", "a\r"])
def test_a_header_stays_in_its_line(value: str) -> None:
    with pytest.raises(NotARequest, match="breaks out"):
        request("POST", "https://a.example/", {"X": value})
