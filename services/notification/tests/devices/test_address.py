"""A device is written one way, and what is none is refused without being repeated."""

import pytest

from notification.devices.address import (
    NotADevice,
    Topic,
    as_kept,
    read_device_token,
    read_registration,
    read_topic,
)

REGISTRATION = "dQw4w9WgXcQ:APA91b" + "Ab_-" * 30
DEVICE_TOKEN = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ntfy:https://ntfy.example.org/desa", "ntfy:https://ntfy.example.org/desa"),
        ("ntfy:HTTPS://Ntfy.Example.ORG:443/Desa", "ntfy:https://ntfy.example.org/Desa"),
        ("ntfy:http://127.0.0.1:8402/a_b-c", "ntfy:http://127.0.0.1:8402/a_b-c"),
        ("ntfy:https://[2001:DB8::1]:8443/t", "ntfy:https://[2001:db8::1]:8443/t"),
        (f"fcm:{REGISTRATION}", f"fcm:{REGISTRATION}"),
        (f"apns:{DEVICE_TOKEN.upper()}", f"apns:{DEVICE_TOKEN}"),
    ],
)
def test_a_device_is_kept_one_way_however_it_is_written(written: str, kept: str) -> None:
    assert as_kept(written) == kept
    assert as_kept(kept) == kept


def test_a_topic_has_a_server_and_a_name() -> None:
    assert read_topic("ntfy:https://ntfy.example.org/desa") == Topic(
        "https://ntfy.example.org", "desa"
    )


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("", "begins with ntfy:, fcm:, apns:"),
        ("webpush:x", "begins with ntfy:, fcm:, apns:"),
        ("ntfy:desa", "URL of a topic"),
        ("ntfy:gopher://ntfy.example.org/desa", "URL of a topic"),
        ("ntfy:https://anna:secret@ntfy.example.org/desa", "URL of a topic"),
        ("ntfy:https:///desa", "URL of a topic"),
        ("ntfy:https://[/desa", "no URL"),
        ("ntfy:https://ntfy.example.org:many/desa", "no URL"),
        ("ntfy:https://ntfy.ex%61mple.org/desa", "no name and no address"),
        ("ntfy:https://ntfy.example.org/", "64 letters"),
        ("ntfy:https://ntfy.example.org/a/b", "64 letters"),
        ("ntfy:https://ntfy.example.org/" + "a" * 65, "64 letters"),
        ("ntfy:https://ntfy.example.org/desa?up=1", "nothing follows"),
        ("ntfy:https://ntfy.example.org/desa\n", "1024 letters of ASCII"),
        ("ntfy:https://ntfy.example.org/désa", "1024 letters of ASCII"),
        ("fcm:", "registration token"),
        ("fcm:a b c d e f g h", "registration token"),
        ("fcm:" + "a" * 1001, "registration token"),
        ("fcm:" + "a" * 2000, "1024 letters of ASCII"),
        ("apns:", "hexadecimal"),
        ("apns:" + "g" * 64, "hexadecimal"),
        ("apns:" + "a" * 63, "hexadecimal"),
        ("apns:" + "a" * 202, "hexadecimal"),
    ],
)
def test_what_is_no_device_is_refused_by_its_rule(written: str, rule: str) -> None:
    with pytest.raises(NotADevice, match=rule) as refused:
        as_kept(written)
    assert not (told := written.partition(":")[2]) or told not in str(refused.value)


def test_a_device_of_one_service_is_none_of_another() -> None:
    for read in (read_topic, read_registration, read_device_token):
        with pytest.raises(NotADevice, match="does not begin with"):
            read("webpush:https://ntfy.example.org/desa")
