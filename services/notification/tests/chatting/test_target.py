"""A URL of a chat service names one place, of a host that is allowed."""

import pytest

from notification.chatting.target import NotATarget, read_target, service_of


@pytest.mark.parametrize(
    ("url", "service"),
    [("tgram://1:a/2", "tgram"), ("Discord://a/b", "discord"), ("", ""), ("town", "town")],
)
def test_the_service_is_what_a_url_begins_with(url: str, service: str) -> None:
    assert service_of(url) == service


@pytest.mark.parametrize(
    "url",
    [
        "tgram://123456789:abcdefghijklmnopqrstuvwxyz_abcdefgh/12315544/",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "mmost://chat.desa.example:8065/3ccdd113474722377935511fc85d3dd4",
    ],
)
def test_a_place_is_read(url: str) -> None:
    read_target(url, {"chat.desa.example"}, 1.0, 1.0)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "no URL"),
        ("nothing://at.all", "no URL"),
        ("tgram://é", "ASCII"),
        ("tgram://a\n", "ASCII"),
        ("tgram://" + "a" * 3000, "short"),
        ("mmost://10.0.0.1/3ccdd113474722377935511fc85d3dd4", "host"),
        ("tgram://123456789:abcdefghijklmnopqrstuvwxyz_abcdefgh/1/2/3", "several"),
    ],
)
def test_what_is_no_place_is_said_to_be_none(url: str, why: str) -> None:
    with pytest.raises(NotATarget, match=why):
        read_target(url, {"chat.desa.example"}, 1.0, 1.0)
