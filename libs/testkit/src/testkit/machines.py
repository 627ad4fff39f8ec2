"""Machines that are told beside the people of a village: town halls, and a public feed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from testkit import public_feed, town_halls
from testkit.public_feed import FEED
from testkit.town_halls import WEBHOOK
from testkit.village import Tables, Village

WEBHOOKS: Final = 300
FEEDS: Final = 1


@contextmanager
def machines_beside(village: Village) -> Iterator[list[dict[str, str]]]:
    """Run them until the block ends; yield their lines in a spreadsheet of people."""
    with town_halls.town_halls(village.record(WEBHOOK)) as halls:
        village.town_halls = halls
        origin = village.hooks_origin(halls.port)
        feed = public_feed.provider(village.feed_folder)

        def change(tables: Tables) -> None:
            tables[WEBHOOK] = {"halls": dict(town_halls.provider(origin))}
            tables[FEED] = {"public": dict(feed)}

        with village.providers(change):
            yield rows(origin)


def rows(origin: str) -> list[dict[str, str]]:
    """Return a line for each town hall, with a path of its own, and one for the feed."""
    here = {"language": "en-US", "places": "-8.75 115.17"}
    halls = (f"hall-{number}" for number in range(WEBHOOKS))
    feed = {"person": public_feed.NAME, **here, FEED: public_feed.NAME}
    return [*({"person": each, **here, WEBHOOK: f"{origin}/{each}"} for each in halls), feed]
