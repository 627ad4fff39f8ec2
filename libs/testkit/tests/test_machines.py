from testkit.machines import FEEDS, WEBHOOKS, rows


def test_each_town_hall_has_a_path_of_its_own_and_the_feed_its_name() -> None:
    found = rows("http://127.0.0.1:9")
    assert len({each["person"] for each in found}) == WEBHOOKS + FEEDS
    assert len({each["webhook"] for each in found if "webhook" in each}) == WEBHOOKS
    assert [each["feed"] for each in found if "feed" in each] == ["village"]
