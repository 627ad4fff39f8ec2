"""A directory of any number of people, each with one address on one channel.

They live in the harbor; whoever comes after them lives in hamlets, a hundred in each.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Final

from common.database import migrate, open_database, writing
from notification.adapters.directory import next_version
from notification.adapters.directory_people import PEOPLE_AT_ONCE, Writer
from notification.app import DIRECTORY_MIGRATIONS
from notification.batch import microseconds
from notification.subscription import Address, Person, Place
from notification.webpush.encoded import encoded
from notification.webpush.vapid import Vapid, new_private_key, private_key

HARBOR: Final = Place(-8.75, 115.17)
IN_A_HAMLET: Final = 100
CHANNELS: Final = ("sms", "email", "push")
MIXED: Final = ("sms", "email", "sms", "push", "sms", "email", "push", "sms", "email", "push")
SMS_ONLY: Final = ("sms",)
BROWSERS: Final = 500
AUTH: Final = encoded(bytes(range(16)))


def channel_of(number: int, shares: Sequence[str] = MIXED) -> str:
    """Return the channel of somebody: of ten, four have sms, three email and three push."""
    return shares[number % len(shares)]


def sums(people: int, shares: Sequence[str] = MIXED) -> dict[str, int]:
    """Return how many of so many people are reached on each channel."""
    rounds, rest = divmod(people, len(shares))
    return {
        channel: rounds * shares.count(channel) + shares[:rest].count(channel)
        for channel in CHANNELS
        if channel in shares
    }


def hamlet(number: int) -> Place:
    """Return where a hamlet is; a tenth of a degree is between two of them."""
    return Place(-8.0 + 0.1 * (number // 100), 116.0 + 0.1 * (number % 100))


async def settle(
    file: Path,
    people: int,
    push_origin: str,
    hamlets: int = 0,
    shares: Sequence[str] = MIXED,
) -> None:
    """Make a directory of people numbered from 0; their numbers stand in their addresses."""
    engine = open_database(f"sqlite+aiosqlite:///{file}")
    try:
        await migrate(engine, DIRECTORY_MIGRATIONS)
        async with writing(engine) as connection:
            version, now = await next_version(connection), microseconds(datetime.now(UTC))
            writer = Writer(connection, version, now, count(1).__next__)
            crowd = _crowd(people, hamlets, push_origin, shares)
            while some := list(islice(crowd, PEOPLE_AT_ONCE)):
                await writer.write([(None, person) for person in some])
    finally:
        await engine.dispose()


def _crowd(people: int, hamlets: int, push_origin: str, shares: Sequence[str]) -> Iterator[Person]:
    """Yield everybody."""
    browsers = _browsers()
    for number in range(people + hamlets * IN_A_HAMLET):
        home = HARBOR if number < people else hamlet((number - people) // IN_A_HAMLET)
        address = {
            "sms": phone(number),
            "email": f"p-{number}@harbor.example",
            "push": _subscription(f"{push_origin}/p/{number}", browsers[number % BROWSERS]),
        }
        channel = channel_of(number, shares)
        yield Person(
            f"p-{number}",
            places=frozenset({home}),
            addresses=frozenset({Address(channel, address[channel])}),
        )


def phone(number: int) -> str:
    """Return the telephone of somebody."""
    return f"+62812{number:08}"


def _subscription(endpoint: str, point: str) -> str:
    """Write what a browser gives."""
    return json.dumps({"endpoint": endpoint, "keys": {"p256dh": point, "auth": AUTH}})


def _browsers() -> list[str]:
    """Make the points of some browsers; each serves several people, and nothing keeps them."""
    return [Vapid(private_key(new_private_key()), "").public_key for _ in range(BROWSERS)]
