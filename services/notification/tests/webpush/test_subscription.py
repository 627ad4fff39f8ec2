import json

import pytest

from notification.webpush.encoded import encoded
from notification.webpush.subscription import NotASubscription, read_subscription

POINT = encoded(b"\x04" + bytes(64))
AUTH = encoded(bytes(16))
ENDPOINT = "https://Push.Example.net:8443/p/token"


def written(endpoint: object = ENDPOINT, p256dh: str = POINT, auth: str = AUTH) -> str:
    keys = {"p256dh": p256dh, "auth": auth}
    return json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})


def test_what_a_browser_wrote_is_read() -> None:
    read = read_subscription(written())
    assert read.endpoint == ENDPOINT
    assert read.origin == "https://push.example.net:8443"
    assert len(read.keys.point) == 65


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        written(endpoint=7),
        written(endpoint="file:///etc/passwd"),
        written(endpoint="https://user:secret@push.example.net/"),
        written(endpoint="https:///nowhere"),
        written(endpoint="https://push.example.net:port/"),
        written(endpoint="https://push.example.net/" + "a" * 2048),
        written(endpoint="https://pünktchen.example.net/"),
        written(endpoint="https://" + "a" * 64 + ".example.net/"),
        written(endpoint="https://" + "a." * 127 + "net/"),
        written(endpoint="https://.../"),
        written(endpoint="https://exa mple.net/"),
        written(endpoint="https://example.net\r\nX: y/"),
        written(p256dh="short"),
        written(p256dh=encoded(b"\x02" + bytes(64))),
        written(auth="not base64url!"),
        written(auth=encoded(bytes(15))),
    ],
)
def test_what_is_no_subscription_is_refused(text: str) -> None:
    with pytest.raises(NotASubscription):
        read_subscription(text)
