"""An operator's file is read whole or not at all, and what is wrong in it is named."""

from datetime import time

import pytest

from notification.channels.email.smtp import Settings as Smtp
from notification.channels.sms.smpp import Settings as Smpp
from notification.manifest import ChannelKind, load_channels
from notification.providers_file import ProvidersRefused, read_providers

FILE = """
[sms.indosat]
kind = "smpp"
host = "smsc.example"
weight = 70

[sms.indosat.immediate]
system_id = "fast"

[email.town_hall]
port = 2525
"""


@pytest.fixture(scope="module")
def kinds() -> dict[str, ChannelKind]:
    return load_channels()


def test_each_table_is_a_provider(kinds: dict[str, ChannelKind]) -> None:
    sms, email = read_providers(FILE, kinds)
    assert (sms.channel, sms.name, sms.kind.name) == ("sms", "indosat", "smpp")
    assert sms.settings == Smpp(host="smsc.example", weight=70)
    assert (email.name, email.settings) == ("town_hall", Smtp(port=2525))


def test_processes_of_the_immediate_lane_may_be_set_otherwise(
    kinds: dict[str, ChannelKind],
) -> None:
    sms, _ = read_providers(FILE, kinds, immediate=True)
    assert sms.settings == Smpp(host="smsc.example", weight=70, system_id="fast")


def test_an_empty_file_has_no_providers(kinds: dict[str, ChannelKind]) -> None:
    assert read_providers("", kinds) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[sms", "no TOML"),
        ("sms = 1", r"\[sms\]: it holds tables"),
        ("[sms]\nhost = 'x'", r"\[sms\] host: a provider is a table"),
        ("[sms.Indosat]\nkind = 'smpp'", r"\[sms.Indosat\]: a name is a word in small letters"),
        ("[sms.one]\nkind = 'pigeon'", r"\[sms.one\] kind: it is one of .*smpp"),
        ("[sms.one]\nkind = 'smpp'\nport = 'x'", r"\[sms.one\] port: .*integer"),
        ("[sms.one]\nkind = 'smpp'\nprot = 1", r"\[sms.one\] prot: Extra inputs"),
        ("[sms.one]\nkind = 'smpp'\nimmediate = 1", r"\[sms.one\] immediate: it is a table"),
        (
            "[sms.one]\nkind = 'smpp'\n[sms.one.immediate]\nwindow = 'x'",
            r"\[sms.one.immediate\] window",
        ),
        (
            "[sms.one]\nkind = 'smpp'\n[sms.one.immediate]\npractice = true",
            r"\[sms.one\] practice: it is the same in every lane",
        ),
        (
            "[sms.one]\nkind = 'smpp'\nlink_test_address = '0811'",
            r"\[sms.one\] link_test_address: the number does not begin with \+ .*\(e164\)",
        ),
        (
            "[email.one]\nlink_test_address = 'a@b.example; c@d.example'",
            r"\[email.one\] link_test_address: it is one address",
        ),
        (
            "[email.one]\nlink_test_address = ' ; '",
            r"\[email.one\] link_test_address: it is one address",
        ),
        (
            "[email.one]\nlink_test_every_seconds = 59",
            r"\[email.one\] link_test_every_seconds: .*60",
        ),
        ("[email.one]\nlink_test_at = 'noon'", r"\[email.one\] link_test_at: "),
        (
            "[sms.one]\nkind = 'smpp'\n[sms.one.immediate]\nlink_test_address = '+628123009999'",
            r"\[sms.one\] link_test_address: it is the same in every lane",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, why: str, kinds: dict[str, ChannelKind]) -> None:
    with pytest.raises(ProvidersRefused, match=why):
        read_providers(text, kinds)


def test_the_address_of_link_tests_is_written_as_the_directory_keeps_it(
    kinds: dict[str, ChannelKind],
) -> None:
    text = "[sms.one]\nkind = 'smpp'\nlink_test_address = '+62 812 3009 999'\n"
    (sms,) = read_providers(f"{text}link_test_at = 09:30:00", kinds)
    assert sms.settings.link_test_address == "+628123009999"
    assert sms.settings.link_test_at == time(9, 30)
    assert "8123009999" not in repr(sms.settings)


def test_a_provider_is_split_where_immediate_has_a_table(kinds: dict[str, ChannelKind]) -> None:
    assert [each.is_split for each in read_providers(FILE, kinds)] == [True, False]


@pytest.mark.parametrize("number", ["0811-4711", "+62 4711"])
def test_an_address_that_is_wrong_is_not_in_what_is_said(
    kinds: dict[str, ChannelKind], number: str
) -> None:
    text = f"[sms.one]\nkind = 'smpp'\nlink_test_address = '{number}'"
    with pytest.raises(ProvidersRefused) as refused:
        read_providers(text, kinds)
    assert "4711" not in str(refused.value)


def test_for_a_channel_that_is_none_all_that_are_some_are_named(
    kinds: dict[str, ChannelKind],
) -> None:
    with pytest.raises(ProvidersRefused) as refused:
        read_providers("[drum.wood]", kinds)
    assert str(refused.value) == f"[drum]: channels are {', '.join(sorted(kinds))}"


def test_a_secret_is_not_in_what_is_said(kinds: dict[str, ChannelKind]) -> None:
    text = "[sms.one]\nkind = 'smpp'\npassword = 4711"
    with pytest.raises(ProvidersRefused) as refused:
        read_providers(text, kinds)
    assert "4711" not in str(refused.value)
