import pytest

from notification.feeds.feed import NAME, Feed


@pytest.mark.parametrize("name", ["village", "v", "desa-1", "9", "a" * 40])
def test_a_name_can_stand_in_a_url(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["", "Village", "-a", "a-", "..", ".", "a/b", "a b", "a" * 41, "désa", "a\n", "a.b"]
)
def test_what_could_lead_elsewhere_is_no_name(name: str) -> None:
    assert not NAME.fullmatch(name)


def test_a_feed_knows_where_its_files_are_found(feed: Feed) -> None:
    assert feed.file("atom.xml") == "https://alerts.village.example/feeds/village/atom.xml"
    assert feed.document("0a") == "https://alerts.village.example/feeds/village/cap/0a.xml"
