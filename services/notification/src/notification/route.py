"""The way of one channel to its providers: shares, breakers, and the next one when one fails."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from notification import reach
from notification.guard import ACTUAL
from notification.ports import (
    Answer,
    Capabilities,
    MayGoOn,
    Provider,
    ProviderDown,
    PutOff,
    Recipient,
    Refused,
    Said,
    Unsure,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.routing.breaker import Breaker, Circuit
from notification.routing.failover import asks_another, is_trouble
from notification.routing.sharing import shared
from notification.routing.weights import Weights

TROUBLED_SHARE: Final = 0.5
UNREACHED_SECONDS: Final = 5.0
LISTENING_POINTS: Final = 10.0
Placed = tuple[int, Recipient]

log = structlog.get_logger()


@dataclass(slots=True)
class Seat:
    """A provider in its place, with its settings, its breaker, and how many windows it has."""

    provider: Provider
    settings: ProviderSettings
    breaker: Breaker = field(default_factory=Breaker)
    windows: int = 0

    @property
    def name(self) -> str:
        """Return the provider's name."""
        return self.provider.name


class Route:
    """Sends the windows of one channel by whichever providers it has at the moment."""

    def __init__(
        self,
        name: str,
        capabilities: Capabilities,
        random: Callable[[], float],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.capabilities = capabilities
        self.random = random
        self.now = now
        self.weights = Weights({})
        self._window = capabilities.window
        self._seats: Mapping[str, Seat] = {}
        self._on: Mapping[str, Provider] = {}
        self._silent: frozenset[str] = frozenset()

    @property
    def window(self) -> int:
        """Return how many recipients go together: at most about a second of its work."""
        return self._window

    def seat(self, seats: Iterable[Seat]) -> None:
        """Exchange the providers; whoever is on the way with an old one comes to an end with it."""
        self._seats = {each.name: each for each in seats}
        on = [each for each in self._seats.values() if each.settings.switched_on]
        self._on = {each.name: each.provider for each in on}
        self.weights = Weights({each.name: each.settings.weight for each in on})
        paces = [each.settings.per_second for each in on]
        together = sum(pace for pace in paces if pace is not None)
        is_paced = bool(paces) and None not in paces
        most = self.capabilities.window
        self._window = max(min(most, int(together)), 1) if is_paced else most
        self._show()

    async def send(self, window: Window, may_go_on: MayGoOn) -> Sequence[Said]:
        """Send to each recipient; `ProviderDown` means that nobody was sent anything."""
        sending = _Sending(self, window, may_go_on)
        return await sending.sent()

    def candidates(self, status: str, address: str, tried: frozenset[str]) -> tuple[str, ...]:
        """Return who could be asked for an address: those that are on, take it, and are new.

        Where there are both, an Actual alert goes to live providers, all else to practice ones.
        """
        taking = [each for each in self._on.values() if each.takes(address)]
        meant = [each for each in taking if each.practice is (status != ACTUAL)]
        return tuple(each.name for each in meant or taking if each.name not in tried)

    def heard_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of whom something is heard, or all of them if none of those can be asked."""
        heard = tuple(name for name in names if name not in self._silent)
        now = self.now()
        is_open = {self._seats[name].breaker.circuit(now) is Circuit.OPEN for name in heard}
        return heard if False in is_open else names

    def has_peer(self, name: str, status: str, address: str) -> bool:
        """Tell whether another than this one, and one of whom something is heard, takes it."""
        others = self.candidates(status, address, frozenset({name}))
        return any(other not in self._silent for other in others)

    def shares(self, placed: Sequence[Placed], names: Sequence[str]) -> dict[str, Sequence[Placed]]:
        """Share recipients out among those whose circuit lets a window pass."""
        now = self.now()
        self.weights.rest(now)
        open_ = {n for n in names if self._seats[n].breaker.circuit(now) is Circuit.OPEN}
        points = {n: self.weights.points[n] for n in names if n not in open_}
        return shared(placed, points, self.random()) if points else {}

    def wait_seconds(self, names: Sequence[str]) -> float:
        """Return when the first of these may be tried again."""
        now = self.now()
        waits = [self._seats[name].breaker.wait_seconds(now) for name in names]
        return min((each for each in waits if each), default=UNREACHED_SECONDS)

    def taken(self, name: str) -> Seat:
        """Return the seat of a provider that gets a window now."""
        seat = self._seats[name]
        seat.breaker.enter(self.now())
        seat.windows += 1
        return seat

    def note(self, seat: Seat, answers: Sequence[Answer], down: ProviderDown | None) -> None:
        """Remember how it went with a provider."""
        troubled = sum(map(is_trouble, answers))
        if down is None and troubled <= len(answers) * TROUBLED_SHARE:
            was_left_alone = bool(seat.breaker.pause_seconds)
            seat.breaker.succeed()
            reach.found(self.name, seat.name)
            if was_left_alone:
                self._show()
            return
        seat.breaker.fail(self.now(), at_once=down is not None)
        if down is not None:
            reach.lost(self.name, seat.name)
        self.doubt(seat.name)
        self._show()

    def hear(self, silent: Collection[str]) -> None:
        """Take it that these take messages and deliver none: what goes again is not for them.

        A little work is left to them: else nobody could hear that they deliver again.
        """
        self._silent = frozenset(silent)
        for name in self._silent:
            if self.weights.points.get(name, 0) > LISTENING_POINTS:
                self.doubt(name)

    def doubt(self, name: str) -> None:
        """Move work away from a provider; not more often than weights may move."""
        if self.weights.trouble(name, self.now()):
            points = {name: round(each) for name, each in self.weights.points.items()}
            log.warning("provider_weights_moved", channel=self.name, points=points)
            self._show()

    def _show(self) -> None:
        """Show how it stands."""
        left_alone = {n: bool(each.breaker.pause_seconds) for n, each in self._seats.items()}
        reach.show(self.name, self.weights.points, left_alone)


class _Sending:
    """One window on its way, from provider to provider until everybody is answered."""

    def __init__(self, route: Route, window: Window, may_go_on: MayGoOn) -> None:
        self._route = route
        self._window = window
        self._may_go_on = may_go_on
        self._said: dict[int, Said] = {}
        self._down: ProviderDown | None = None
        self._is_taken = False

    async def sent(self) -> Sequence[Said]:
        """Send it; raise `ProviderDown` if no provider could be reached for anybody."""
        await self._to(tuple(enumerate(self._window.recipients)), frozenset())
        if self._down is not None and not self._is_taken:
            raise self._down
        return [self._said[place] for place in range(len(self._window.recipients))]

    async def _to(self, placed: Sequence[Placed], tried: frozenset[str]) -> None:
        """Give recipients to providers that were not tried for them."""
        groups: dict[tuple[str, ...], list[Placed]] = {}
        for each in placed:
            names = self._route.candidates(self._window.status, each[1].address, tried)
            if self._window.again:
                names = self._route.heard_of(names)
            groups.setdefault(names, []).append(each)
        legs = []
        for names, group in groups.items():
            shares = self._route.shares(group, names)
            if not shares and not tried:
                self._unreached(group, names)
            legs += [
                self._leg(self._route.taken(name), share, tried) for name, share in shares.items()
            ]
        ends = await asyncio.gather(*legs, return_exceptions=True)
        for broken in (each for each in ends if each is not None):
            raise broken

    def _unreached(self, group: Sequence[Placed], names: Sequence[str]) -> None:
        """Answer for those whom no provider can be given now."""
        answer: Answer = Refused(Reason.NO_PROVIDER)
        if names:
            answer = PutOff(Reason.PROVIDER_UNREACHABLE, self._route.wait_seconds(names))
            self._down = ProviderDown(answer.reason, answer.retry_after)
        else:
            self._is_taken = True
        self._said |= {place: Said(answer, "") for place, _ in group}

    async def _leg(self, seat: Seat, placed: Sequence[Placed], tried: frozenset[str]) -> None:
        """Send by one provider, and those whom it failed by another."""
        down = None
        part = replace(self._window, recipients=tuple(to for _, to in placed))
        try:
            answers = await seat.provider.send(part)
            self._is_taken = True
        except ProviderDown as failure:
            self._down = down = failure
            answers = [PutOff(Reason.PROVIDER_UNREACHABLE, failure.retry_after)] * len(placed)
        finally:
            seat.windows -= 1
        self._route.note(seat, answers, down)
        again = [
            each
            for each, answer in zip(placed, answers, strict=True)
            if self._hear(each[0], seat.name, answer) or down is not None
        ]
        if again and await self._may_go_on():
            await self._to(again, tried | {seat.name})

    def _hear(self, place: int, name: str, answer: Answer) -> bool:
        """Keep an answer; tell whether another provider is to be asked."""
        earlier = self._said.get(place)
        repeated = earlier is not None and (earlier.repeated or isinstance(earlier.answer, Unsure))
        self._said[place] = Said(answer, name, repeated)
        return asks_another(answer, self._window.priority)
