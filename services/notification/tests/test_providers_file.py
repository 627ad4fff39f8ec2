"""An operator's file is read whole or not at all, and what is wrong in it is named."""

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
        ("[drum.wood]", r"\[drum\]: channels are email, push, sms"),
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
    ],
)
def test_what_is_wrong_is_named(text: str, why: str, kinds: dict[str, ChannelKind]) -> None:
    with pytest.raises(ProvidersRefused, match=why):
        read_providers(text, kinds)


def test_a_secret_is_not_in_what_is_said(kinds: dict[str, ChannelKind]) -> None:
    text = "[sms.one]\nkind = 'smpp'\npassword = 4711"
    with pytest.raises(ProvidersRefused) as refused:
        read_providers(text, kinds)
    assert "4711" not in str(refused.value)
