"""What every provider promises delivery, whatever it speaks."""
# ruff: noqa: D102, RUF001 - a test's name is its sentence; people read in many scripts

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

UNHURRIED_SECONDS = 10.0
NO_ADDRESSES = (
    " ",
    "\x00",
    "+",
    "٠١٢٣٤٥٦٧٨٩",
    "1" * 5_000,
    "a" * 5_000 + "@desa.example",
    "a@" + "b" * 70 + ".example\r\n",
    "🌊@🌊",
    "null",
    "[" * 2_000,
    '{"endpoint": null, "keys": {}}',
    '{"endpoint": "https://[", "keys": {"p256dh": "", "auth": ""}}',
)


class Sending(Protocol):
    """A provider as the contract uses it."""

    name: str
    practice: bool

    async def open(self) -> None:
        """Make connections."""
        ...

    async def close(self) -> None:
        """End connections."""
        ...

    def takes(self, address: str) -> bool:
        """Tell whether an address is of the kind that it reaches."""
        ...

    async def send(self, window: Any) -> Sequence[Any]:
        """Answer once for each recipient."""
        ...


@dataclass(frozen=True, slots=True)
class Practice:
    """A provider to practise with, as we see it.

    `make(practice)` builds our side of it; its answers must come within a second or two.
    `addresses(count)` are people who are reached; `refused`, `malformed`, `silent` and `lost` are
    addresses that the provider refuses for good, that are none, that it takes without answering,
    and that it takes while the connection ends. `window(addresses, **changed)` makes a window,
    `received()` lists the addresses that the provider took, `texts()` what it took, in order,
    `tell(mode)` makes it behave, `stop()` ends it.
    """

    make: Callable[[bool], Sending]
    addresses: Callable[[int], list[str]]
    refused: str
    malformed: str
    silent: str
    lost: str
    window: Callable[..., Any]
    received: Callable[[], list[str]]
    texts: Callable[[], list[str]]
    tell: Callable[[str], object]
    stop: Callable[[], Any]


class ProviderContract:
    """Run it with a fixture `practice` that gives a Practice for the provider under test."""

    async def test_each_recipient_is_answered_and_reached_once(self, practice: Practice) -> None:
        people = practice.addresses(20)
        async with opened(practice) as channel:
            answers = await said(channel, practice.window(people))
        assert names(answers) == ["Accepted"] * 20
        assert sorted(practice.received()) == sorted(people)

    async def test_nobody_in_a_window_is_nobody_sent(self, practice: Practice) -> None:
        async with opened(practice) as channel:
            assert list(await said(channel, practice.window([]))) == []

    async def test_message_ids_tell_recipients_apart(self, practice: Practice) -> None:
        async with opened(practice) as channel:
            answers = await said(channel, practice.window(practice.addresses(5)))
        assert len({answer.message_id for answer in answers}) == len(answers)

    async def test_an_exercise_never_reaches_a_live_provider(self, practice: Practice) -> None:
        for status in ("Exercise", "System", "Test", "Draft", "actual", ""):
            async with opened(practice, live=True) as channel:
                window = practice.window(practice.addresses(2), status=status)
                answers = await said(channel, window)
            assert names(answers) == ["Refused"] * 2
            assert {str(answer.reason) for answer in answers} == {"exercise_on_live_provider"}
        assert practice.received() == []

    async def test_an_exercise_reaches_a_practice_provider(self, practice: Practice) -> None:
        async with opened(practice) as channel:
            window = practice.window(practice.addresses(1), status="Exercise")
            assert names(await said(channel, window)) == ["Accepted"]

    async def test_one_recipient_in_trouble_does_not_touch_the_others(
        self, practice: Practice
    ) -> None:
        first, second, third, fourth = practice.addresses(4)
        people = [first, practice.refused, second, practice.malformed, third, "", fourth]
        async with opened(practice) as channel:
            answers = await said(channel, practice.window(people))
        assert names(answers) == ["Accepted", "Refused"] * 3 + ["Accepted"]
        assert sorted(practice.received()) == sorted((first, second, third, fourth))

    async def test_whatever_stands_in_the_directory_is_answered(self, practice: Practice) -> None:
        people = practice.addresses(1)
        async with opened(practice) as channel:
            answers = await said(channel, practice.window([*NO_ADDRESSES, *people]))
        assert names(answers) == ["Refused"] * len(NO_ADDRESSES) + ["Accepted"]
        assert practice.received() == people

    async def test_whoever_was_possibly_sent_is_not_called_refused_or_put_off(
        self, practice: Practice
    ) -> None:
        for address in (practice.silent, practice.lost):
            async with opened(practice) as channel:
                answers = await said(channel, practice.window([address]))
            assert names(answers) == ["Unsure"]

    async def test_a_provider_that_is_busy_puts_everyone_off_and_takes_nobody(
        self, practice: Practice
    ) -> None:
        practice.tell("throttle")
        async with opened(practice) as channel:
            answers = await said(channel, practice.window(practice.addresses(5)))
        assert names(answers) == ["PutOff"] * 5
        assert all(answer.retry_after > 0 for answer in answers)
        assert practice.received() == []

    async def test_a_provider_that_refuses_says_so_for_everyone(self, practice: Practice) -> None:
        practice.tell("refuse")
        async with opened(practice) as channel:
            answers = await said(channel, practice.window(practice.addresses(5)))
        assert names(answers) == ["Refused"] * 5

    async def test_a_provider_that_hangs_is_answered_for_in_time(self, practice: Practice) -> None:
        practice.tell("hang")
        async with opened(practice) as channel:
            answers = await said(channel, practice.window(practice.addresses(5)))
        assert set(names(answers)) <= {"Unsure", "PutOff"}

    async def test_a_provider_that_is_away_is_said_before_anything_is_sent(
        self, practice: Practice
    ) -> None:
        await practice.stop()
        async with opened(practice) as channel:
            answers = await said_or_down(channel, practice.window(practice.addresses(3)))
        assert set(names(answers)) <= {"PutOff"}

    async def test_people_read_what_was_written(self, practice: Practice) -> None:
        body = "Awas! Air pasang di Kalé, naik ke tempat tinggi.\n.\nاذهب إلى مكان مرتفع 🌊"
        async with opened(practice) as channel:
            window = practice.window(practice.addresses(1), body=body)
            assert names(await said(channel, window)) == ["Accepted"]
        (text,) = practice.texts()
        assert text.strip() == body

    async def test_a_headline_cannot_write_headers(self, practice: Practice) -> None:
        headline = "Flood\r\nBcc: everyone@desa.example\r\n\r\n\x00\u2028Go"
        async with opened(practice) as channel:
            window = practice.window(practice.addresses(1), headline=headline)
            assert names(await said(channel, window)) == ["Accepted"]
        assert len(practice.received()) == 1

    async def test_a_window_can_be_sent_while_another_is(self, practice: Practice) -> None:
        people = practice.addresses(20)
        async with opened(practice) as channel:
            both = await asyncio.gather(
                *(said(channel, practice.window(part)) for part in (people[:10], people[10:]))
            )
        assert [names(answers) for answers in both] == [["Accepted"] * 10] * 2
        assert sorted(practice.received()) == sorted(people)

    async def test_it_knows_the_addresses_that_it_reaches(self, practice: Practice) -> None:
        provider = practice.make(True)
        assert all(map(provider.takes, practice.addresses(3)))


@asynccontextmanager
async def opened(practice: Practice, *, live: bool = False) -> AsyncIterator[Sending]:
    """Open the provider and close it at the end."""
    channel = practice.make(not live)
    await channel.open()
    try:
        yield channel
    finally:
        await channel.close()


async def said(channel: Sending, window: Any) -> Sequence[Any]:
    """Send a window in time, and see that there is an answer for each recipient."""
    async with asyncio.timeout(UNHURRIED_SECONDS):
        answers = await channel.send(window)
    assert len(answers) == len(window.recipients)
    return answers


async def said_or_down(channel: Sending, window: Any) -> Sequence[Any]:
    """Send a window to a provider that is away; it may say so for the whole window."""
    try:
        return await said(channel, window)
    except Exception as error:
        if type(error).__name__ != "ProviderDown":
            raise
        return []


def names(answers: Sequence[Any]) -> list[str]:
    """Return the kinds of answers by their names."""
    return [type(answer).__name__ for answer in answers]
