"""Who carries our messages at the moment: the providers of the file, exchanged when it changes."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import structlog

from common.observability import rings
from notification import metrics, reach
from notification.lagging import Who
from notification.linktests.link import Link
from notification.manifest import ChannelKind
from notification.ports import Provider
from notification.providers_file import Entry, ProvidersRefused, read_providers
from notification.route import Route, Seat
from notification.silence import Silent

LOOK_SECONDS: Final = 1.0
LEAVE_SECONDS: Final = 90.0
CONDITION: Final = "provider_settings_refused"
Make = Callable[[Entry], Provider]

log = structlog.get_logger()


class Roster:
    """The providers of every channel, as the file says; a file that is wrong changes nothing."""

    def __init__(
        self,
        file: Path,
        kinds: Mapping[str, ChannelKind],
        *,
        immediate: bool,
        random: Callable[[], float],
    ) -> None:
        self._file = file
        self._kinds = kinds
        self._immediate = immediate
        self._seats: dict[Entry, Seat] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._text = ""
        self._make: Make | None = None
        self.routes = {name: Route(name, kind.capabilities, random) for name, kind in kinds.items()}

    async def open(self, make: Make) -> None:
        """Take the providers of the file; what is wrong with it is `ProvidersRefused`."""
        self._make = make
        await self._take(self._read())

    async def close(self) -> None:
        """End all of them, what is in hand first."""
        seats, self._seats = list(self._seats.values()), {}
        await asyncio.gather(*(seat.provider.close() for seat in seats), *self._leaving)

    def entries(self) -> tuple[Entry, ...]:
        """Return the providers as they are set."""
        return tuple(self._seats)

    def links(self) -> dict[Link, Seat]:
        """Return the links that are this process's own: on immediate those that are set apart."""
        return {
            Link(entry.channel, entry.name, self._immediate): seat
            for entry, seat in self._seats.items()
            if entry.is_split or not self._immediate
        }

    def practices(self) -> dict[Who, bool]:
        """Tell of each provider that is switched on whether it is for practice."""
        return {
            (entry.channel, entry.name): seat.provider.practice
            for entry, seat in self._seats.items()
            if seat.settings.switched_on
        }

    def has_peer(self, silent: Silent, status: str, address: str) -> bool:
        """Tell whether another provider could be asked for an address."""
        return self.routes[silent.channel].has_peer(silent.provider, status, address)

    def hear(self, silent: Collection[Silent]) -> None:
        """Move work away from those who take and do not deliver, until they do."""
        for channel, route in self.routes.items():
            route.hear({each.provider for each in silent if each.channel == channel})

    async def follow(self) -> None:
        """Look for ever whether the file has changed."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Take what the file says now; what is wrong is said, and all stays as it is."""
        try:
            text = self._read()
            if is_new := text != self._text:
                await self._take(text)
        except ProvidersRefused as refused:
            rings.ring(CONDITION, reason=str(refused))
            return
        rings.quiet(CONDITION)
        if is_new:
            log.info("providers_changed", providers=[f"{e.channel}.{e.name}" for e in self._seats])

    def _read(self) -> str:
        try:
            return self._file.read_text()
        except (OSError, UnicodeDecodeError) as failure:
            raise ProvidersRefused(f"{self._file} cannot be read: {failure}") from failure

    async def _take(self, text: str) -> None:
        """Open who is new, seat everybody, and let the others go."""
        entries = read_providers(text, self._kinds, immediate=self._immediate)
        seats = await self._seated(entries)
        gone = [seat for entry, seat in self._seats.items() if entry not in seats]
        for channel, name in _names(self._seats) - _names(seats):
            reach.forget(channel, name)
        self._seats, self._text = seats, text
        for name, route in self.routes.items():
            route.seat([seat for entry, seat in seats.items() if entry.channel == name])
        for seat in gone:
            leaving = asyncio.create_task(_leave(seat))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def _seated(self, entries: Sequence[Entry]) -> dict[Entry, Seat]:
        """Open who is new; if one of them cannot open, the others are closed again."""
        seats: dict[Entry, Seat] = {}
        async with AsyncExitStack() as opened:
            for entry in entries:
                seat = self._seats.get(entry)
                if seat is None:
                    seat = await self._opened(entry)
                    opened.push_async_callback(seat.provider.close)
                seats[entry] = seat
            opened.pop_all()
        return seats

    async def _opened(self, entry: Entry) -> Seat:
        if self._make is None:
            raise RuntimeError("the roster is not open")
        try:
            provider = self._make(entry)
            _check_own_address(entry, provider)
            await provider.open()
        except (OSError, ValueError) as failure:
            raise ProvidersRefused(f"[{entry.channel}.{entry.name}] {failure}") from failure
        metrics.expect(entry.channel, entry.name)
        return Seat(provider, entry.settings)


def _check_own_address(entry: Entry, provider: Provider) -> None:
    """Refuse a link test that would be sent to somebody whom the provider does not reach."""
    own = entry.settings.link_test_address
    if own and not provider.takes(own):
        raise ValueError("link_test_address: it is of a kind that this provider does not take")


def _names(entries: Iterable[Entry]) -> set[tuple[str, str]]:
    return {(each.channel, each.name) for each in entries}


async def _leave(seat: Seat) -> None:
    """Close a provider once nothing is on its way with it."""
    try:
        async with asyncio.timeout(LEAVE_SECONDS):
            while seat.windows:
                await asyncio.sleep(0.05)
    except TimeoutError:
        log.warning("provider_left_in_the_middle", provider=seat.name, windows=seat.windows)
    await seat.provider.close()
