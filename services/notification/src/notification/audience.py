"""Whom an alert reaches: who is inside its areas or in its groups, wants it, and in which words."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from common.cap.alert import Alert
from common.cap.area import Area
from common.cap.codes import Scope, Status
from common.cap.geometry import area_geometry
from common.cap.info import Info
from common.events.triage import Audience as Wanted
from notification.columns import Columns, Marks, Places
from notification.subscription import demand
from notification.wording import own_words

NOBODY: Final = -1
RECIPIENT: Final = re.compile(r"r([0-7][0-9a-f]{15})")
Where = frozenset[tuple[tuple[str, ...], tuple[str, ...]]]


def recipient_id(number: int) -> str:
    """Return how a recipient is called on the bus."""
    return f"r{number:016x}"


def recipient_number(name: str) -> int:
    """Return the number in a recipient's name; -1, which nobody has, if it is none of ours."""
    match = RECIPIENT.fullmatch(name)
    return int(match[1], 16) if match else NOBODY


@dataclass(frozen=True, slots=True)
class Variant:
    """The infos that somebody gets, the worst first, and the language of the first of them."""

    language: str
    info_indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Recipients on one channel who get the same infos, in order of their ids."""

    channel: str
    variant: Variant
    rows: NDArray[np.intp]
    columns: Columns

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def recipients(self) -> Iterator[tuple[str, str, str]]:
        """Yield id, person and address of each."""
        known = self.columns.subscriptions
        numbers = known.recipient[self.rows].tolist()
        people = self.columns.people.names[known.person[self.rows]].tolist()
        return zip(
            map(recipient_id, numbers), people, known.address[self.rows].tolist(), strict=True
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Who gets what: how many people, and their recipients by channel and words."""

    people: int
    shares: tuple[Group, ...]

    def groups(self) -> Iterable[Group]:
        """Return the groups, by channel in alphabetical order."""
        return self.shares

    def sums(self) -> dict[str, int]:
        """Count the recipients of each channel."""
        sums: dict[str, int] = {}
        for group in self.shares:
            sums[group.channel] = sums.get(group.channel, 0) + len(group)
        return sums


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody in the directory as of one version; it never changes, threads may share it."""

    columns: Columns

    def select(self, alert: Alert, wanted: Wanted, channels: Collection[str]) -> Selection:
        """Find who gets which infos of an alert on these channels.

        By area, an info reaches those who have a place inside its areas, if the alert is Public;
        members of a named group, and with `everyone` all, get every info. Somebody gets an info
        whose severity they want in their own language, else in the nearest that there is.
        """
        variants, of_person = self._words(alert, self._reached(alert, wanted))
        subscriptions = self.columns.subscriptions
        of_row = of_person[subscriptions.person]
        rows = np.flatnonzero((of_row != NOBODY) & self._on(channels))
        shares = tuple(self._groups(variants, of_row, rows))
        reached = np.zeros(len(of_person), np.bool_)
        reached[subscriptions.person[rows]] = True
        return Selection(int(np.count_nonzero(reached)), shares)

    def _reached(self, alert: Alert, wanted: Wanted) -> Iterator[tuple[list[int], Marks]]:
        """Yield infos that reach the same people, with the marks of these people."""
        by_area = wanted.by_area and alert.scope is Scope.PUBLIC
        named = self._named(alert, wanted)
        inside: dict[Where, Marks] = {}
        for (where, least), indexes in _alike(alert.infos).items():
            if by_area and where not in inside:
                inside[where] = self._inside(alert.infos[indexes[0]].area)
            marks = named | inside[where] if by_area else named
            yield indexes, marks & (self.columns.people.least_severity <= least)

    def _named(self, alert: Alert, wanted: Wanted) -> Marks:
        """Mark the members of named groups; a practice group is reached by no Actual alert."""
        marks = np.full(len(self.columns.people.names), wanted.everyone)
        if not wanted.everyone and wanted.groups:
            practiced = self.columns.practice_groups if alert.status is Status.ACTUAL else ()
            numbers = self.columns.groups.numbers()
            named = {numbers[each] for each in wanted.groups if each in numbers} - {
                numbers[each] for each in practiced if each in numbers
            }
            members = self.columns.memberships
            marks[members.person[np.isin(members.group, list(named))]] = True
        return marks

    def _inside(self, areas: Sequence[Area]) -> Marks:
        """Mark the people who have a place inside one of the areas."""
        places = self.columns.places
        marks = np.zeros(len(self.columns.people.names), np.bool_)
        for area in areas:
            geometry = area_geometry(area)
            if geometry is not None:
                for piece in shapely.get_parts(geometry):
                    found = _covered(piece, places)
                    marks[places.person[found]] = True
        return marks

    def _words(
        self, alert: Alert, reached: Iterable[tuple[list[int], Marks]]
    ) -> tuple[list[Variant], NDArray[np.int32]]:
        """Return the variants, and the number of each person's own."""
        applying, of_person = _combined(reached, len(self.columns.people.names))
        languages = self.columns.languages.words
        chosen = np.flatnonzero(of_person)
        keys = of_person[chosen] * len(languages) + self.columns.people.language[chosen]
        distinct, which = np.unique(keys, return_inverse=True)
        variants: dict[Variant, int] = {}
        numbers = [
            variants.setdefault(
                _variant(
                    alert.infos, applying[key // len(languages)], languages[key % len(languages)]
                ),
                len(variants),
            )
            for key in distinct.tolist()
        ]
        result = np.full(len(of_person), NOBODY, np.int32)
        result[chosen] = np.array(numbers, np.int32)[which]
        return list(variants), result

    def _on(self, channels: Collection[str]) -> Marks:
        """Mark the subscriptions on these channels."""
        asked = np.array([name in channels for name in self.columns.channels.words], np.bool_)
        return asked[self.columns.subscriptions.channel]

    def _groups(
        self, variants: Sequence[Variant], of_row: NDArray[np.int32], rows: NDArray[np.intp]
    ) -> Iterator[Group]:
        """Gather rows by channel and variant; an address that several people share comes once."""
        words = self.columns.channels.words
        keys = self.columns.subscriptions.channel[rows] * np.int64(len(variants)) + of_row[rows]
        gathered = rows[np.argsort(keys, kind="stable")]
        distinct, counts = np.unique(keys, return_counts=True)
        parts = np.split(gathered, np.cumsum(counts)[:-1]) if len(distinct) else []
        groups = [
            Group(
                words[key // len(variants)],
                variants[key % len(variants)],
                self._each_address_once(part),
                self.columns,
            )
            for key, part in zip(distinct.tolist(), parts, strict=True)
        ]
        yield from sorted(groups, key=lambda group: (group.channel, group.variant.info_indexes))

    def _each_address_once(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Leave out rows of one channel whose address an earlier row has."""
        subscriptions = self.columns.subscriptions
        first: dict[str, int] = {}
        again = [
            at
            for at in np.flatnonzero(subscriptions.shared[rows]).tolist()
            if first.setdefault(subscriptions.address[rows[at]], at) != at
        ]
        return np.delete(rows, again) if again else rows


def _alike(infos: Sequence[Info]) -> dict[tuple[Where, int], list[int]]:
    """Gather infos that have the same areas and ask for the same wish."""
    alike: dict[tuple[Where, int], list[int]] = {}
    for index, info in enumerate(infos):
        where = frozenset((area.polygon, area.circle) for area in info.area)
        least = demand(info.severity, info.urgency)
        alike.setdefault((where, least), []).append(index)
    return alike


def _covered(piece: shapely.Geometry, places: Places) -> NDArray[np.intp]:
    """Return the rows of the places on a piece of ground, its border included."""
    west, south, east, north = piece.bounds
    first = int(np.searchsorted(places.longitude, west, side="left"))
    last = int(np.searchsorted(places.longitude, east, side="right"))
    latitude = places.latitude[first:last]
    near = first + np.flatnonzero((latitude >= south) & (latitude <= north))
    shapely.prepare(piece)
    on_it: Marks = shapely.intersects_xy(piece, places.longitude[near], places.latitude[near])
    return near[on_it]


def _combined(
    reached: Iterable[tuple[list[int], Marks]], people: int
) -> tuple[list[tuple[int, ...]], NDArray[np.int64]]:
    """Return the sets of infos that occur, and for each person the number of theirs; 0 is none."""
    sets: list[tuple[int, ...]] = [()]
    of_person = np.zeros(people, np.int64)
    for indexes, marks in reached:
        doubled = of_person * 2 + marks
        occurs = np.bincount(doubled, minlength=2 * len(sets)) > 0
        occurs[0] = True
        numbers = np.cumsum(occurs) - 1
        sets = [
            (*sets[each // 2], *(indexes if each % 2 else ()))
            for each in np.flatnonzero(occurs).tolist()
        ]
        of_person = numbers[doubled]
    return sets, of_person


def _variant(infos: Sequence[Info], applying: Sequence[int], language: str) -> Variant:
    """Choose the words for people of one language to whom these infos apply."""
    indexes = own_words(infos, applying, language)
    return Variant(infos[indexes[0]].language, indexes)
