"""Addresses are written one way, and what is none is refused without being repeated."""

import json

import pytest

from notification.addresses import NotAnAddress, addresses
from notification.webpush.encoded import encoded
from notification.webpush.subscription import read_subscription

KEYS = {"p256dh": encoded(b"\x04" + bytes(range(64))), "auth": encoded(bytes(16))}
SUBSCRIPTION = {"endpoint": "https://push.example.org/a;b", "expirationTime": None, "keys": KEYS}


@pytest.mark.parametrize("written", ["+62 811-1234-567", "+628111234567", " +62 811 1234 567 "])
def test_a_number_is_kept_as_e164_however_it_is_written(written: str) -> None:
    assert addresses("sms", written) == ("+628111234567",)


@pytest.mark.parametrize(
    "written", ["08111234567", "+62811", "+999123456789", "call me", "+628111234567 ext. 5"]
)
def test_what_cannot_be_called_from_anywhere_is_no_number(written: str) -> None:
    with pytest.raises(NotAnAddress) as refused:
        addresses("sms", written)
    assert refused.value.rule == "e164"
    assert written not in str(refused.value)


def test_several_numbers_stand_apart_by_semicolons_and_count_once_each() -> None:
    cell = "+628111234567; +12025550123;+62 811 1234 567"
    assert addresses("sms", cell) == ("+628111234567", "+12025550123")


def test_an_empty_cell_holds_no_address() -> None:
    assert [addresses(channel, "  ") for channel in ("sms", "email", "push", "fax")] == [()] * 4


def test_the_domain_of_a_mail_address_is_kept_in_small_letters() -> None:
    assert addresses("email", "Anna.B+alerts@Example.ORG") == ("Anna.B+alerts@example.org",)


@pytest.mark.parametrize(
    "written",
    ["anna", "anna@", "@example.org", "a b@example.org", "a@example", "a@b..org", "a@-b.org"],
)
def test_what_is_no_mail_address_is_refused(written: str) -> None:
    with pytest.raises(NotAnAddress, match="no mail address"):
        addresses("email", written)


def test_a_push_subscription_is_kept_with_what_pushing_needs() -> None:
    (kept,) = addresses("push", json.dumps(SUBSCRIPTION))
    assert json.loads(kept) == {"endpoint": SUBSCRIPTION["endpoint"], "keys": KEYS}
    assert read_subscription(kept).origin == "https://push.example.org"


def test_a_cell_may_hold_a_list_of_push_subscriptions() -> None:
    other = {**SUBSCRIPTION, "endpoint": "https://push.example.org/other"}
    assert len(addresses("push", json.dumps([SUBSCRIPTION, other, SUBSCRIPTION]))) == 2


@pytest.mark.parametrize(
    "written", ["sandbox", "{}", "[1]", "null", json.dumps({**SUBSCRIPTION, "keys": {}})]
)
def test_what_is_no_push_subscription_is_refused(written: str) -> None:
    with pytest.raises(NotAnAddress) as refused:
        addresses("push", written)
    assert refused.value.rule == "push"


def test_the_urls_of_webhooks_stand_apart_by_semicolons_and_count_once_each() -> None:
    cell = "https://Town.example/hook; https://school.example/a?k=1;https://town.example:443/hook"
    assert addresses("webhook", cell) == (
        "https://town.example/hook",
        "https://school.example/a?k=1",
    )


@pytest.mark.parametrize(
    "written", ["town hall", "http://town.example/hook", "https://me:secret@town.example/hook"]
)
def test_what_is_no_url_of_a_webhook_is_refused(written: str) -> None:
    with pytest.raises(NotAnAddress) as refused:
        addresses("webhook", written)
    assert refused.value.rule == "url"
    assert "town" not in str(refused.value)


def test_a_channel_without_a_rule_takes_what_can_be_printed() -> None:
    assert addresses("ntfy", "village; harbor") == ("village", "harbor")
    with pytest.raises(NotAnAddress):
        addresses("ntfy", "a\x00b")


def test_a_cell_may_hold_devices_apart_by_semicolons() -> None:
    cell = f"ntfy:https://Ntfy.example.org/desa; apns:{'AB' * 32};fcm:0123456789; fcm:0123456789"
    assert addresses("push", cell) == (
        "ntfy:https://ntfy.example.org/desa",
        f"apns:{'ab' * 32}",
        "fcm:0123456789",
    )


def test_a_list_may_hold_devices_beside_subscriptions() -> None:
    cell = json.dumps([SUBSCRIPTION, "fcm:0123456789"])
    assert addresses("push", cell)[1:] == ("fcm:0123456789",)


@pytest.mark.parametrize(
    "written", ["ntfy:desa", "fcm:short", "apns:xyz", "fcm:0123456789; sandbox", '["ntfy:desa"]']
)
def test_what_is_no_device_is_refused_by_the_rule_of_its_kind(written: str) -> None:
    with pytest.raises(NotAnAddress) as refused:
        addresses("push", written)
    assert refused.value.rule == "device"
    assert written not in str(refused.value)


def test_places_in_chat_services_stand_apart_by_semicolons() -> None:
    cell = "tgram://123:abc/-100; mmosts://chat.town.example/t0ken"
    assert addresses("chat", cell) == ("tgram://123:abc/-100", "mmosts://chat.town.example/t0ken")


@pytest.mark.parametrize(
    "written", ["@room", "https//chat", "tgram://", "tgram://1 2", "TGRAM://a"]
)
def test_what_names_no_place_in_a_chat_service_is_refused(written: str) -> None:
    with pytest.raises(NotAnAddress, match="service://") as refused:
        addresses("chat", written)
    assert refused.value.rule == "chat"


def test_the_name_of_a_feed_is_kept_in_small_letters() -> None:
    assert addresses("feed", "Village; harbor-2") == ("village", "harbor-2")


@pytest.mark.parametrize("written", ["..", "a/b", "https://feeds.example/a", "a" * 41, "-a"])
def test_what_could_lead_to_another_folder_names_no_feed(written: str) -> None:
    with pytest.raises(NotAnAddress, match="feed's name") as refused:
        addresses("feed", written)
    assert refused.value.rule == "feed"
