import pytest

from notification.web.endpoint import NotAnEndpoint, read_endpoint


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://example.org/hook", "https://example.org/hook"),
        ("HTTPS://Example.ORG/Hook?Key=A%2Fb", "https://example.org/Hook?Key=A%2Fb"),
        ("https://example.org:443/hook", "https://example.org/hook"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org?key=1", "https://example.org/?key=1"),
        ("https://example.org:8443/a;b,c", "https://example.org:8443/a;b,c"),
        ("https://[2001:db8::1]/hook", "https://[2001:db8::1]/hook"),
        ("http://127.0.0.1:9000/hook", "http://127.0.0.1:9000/hook"),
        ("http://LocalHost/", "http://localhost/"),
        ("https://192.0.2.7/hook", "https://192.0.2.7/hook"),
    ],
)
def test_a_url_is_kept_so_that_two_of_it_are_one(written: str, kept: str) -> None:
    assert read_endpoint(written).url == kept
    assert read_endpoint(kept).url == kept


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("desa.example/hook", "no URL of a webhook"),
        ("ftp://desa.example/hook", "no URL of a webhook"),
        ("http://desa.example/hook", "https"),
        ("http://127.0.0.1.desa.example/hook", "https"),
        ("https://anna:secret@desa.example/hook", "before @"),
        ("https://127.0.0.1@desa.example/hook", "before @"),
        ("https://desa.example/hook#top", "fragment"),
        ("https://desa.example/hook\r\nHost: other", "characters"),
        ("https://desa.example\\@other.example/", "before @"),
        ("https://desa.example\\/hook", "characters"),
        ("https://désa.example/hook", "ASCII"),
        ("https://desa.example/a b", "characters"),
        ("https://desa..example/", "characters"),
        ("https:///hook", "characters"),
        ("https://desa.example:0/", "port"),
        ("https://desa.example:70000/", "port"),
        ("https://desa.example:٤٤٣/", "characters"),
        ("https://" + ".".join(["a" * 60] * 5), "host"),
        ("https://desa.example/" + "a" * 2048, "2048"),
        ("https://2130706433/hook", "host"),
        ("https://0x7f000001/hook", "host"),
        ("https://127.1/hook", "host"),
        ("https://0177.0.0.1/hook", "host"),
        ("https://desa.256/hook", "host"),
        ("https://[::1::]/hook", "host"),
        ("", "no URL"),
    ],
)
def test_what_is_no_url_of_a_webhook_is_refused_without_being_repeated(
    written: str, why: str
) -> None:
    with pytest.raises(NotAnEndpoint, match=why) as refused:
        read_endpoint(written)
    assert "desa" not in str(refused.value)


def test_the_origin_names_the_port_only_where_it_is_not_the_usual_one() -> None:
    assert read_endpoint("https://example.org:443/a").origin == "https://example.org"
    assert read_endpoint("https://example.org:8443/a").origin == "https://example.org:8443"
    assert read_endpoint("https://example.org/a").port == 443
