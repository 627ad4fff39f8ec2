"""The directory as columns in memory: arrays that never change, and how a change makes new ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Indexes = NDArray[np.int32]
Marks = NDArray[np.bool_]


class PersonRow(NamedTuple):
    """A person as the store has them."""

    person: str
    language: str
    least_severity: int


class PlaceRow(NamedTuple):
    """A place of a person."""

    person: str
    latitude: float
    longitude: float


class MembershipRow(NamedTuple):
    """A group that a person is in."""

    person: str
    group: str


class SubscriptionRow(NamedTuple):
    """A subscription that has not ended."""

    recipient: int
    person: str
    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All that stands in the store about the people that changed, as of `version`."""

    version: int
    people: Sequence[PersonRow] = ()
    places: Sequence[PlaceRow] = ()
    memberships: Sequence[MembershipRow] = ()
    subscriptions: Sequence[SubscriptionRow] = ()
    practice_groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Codes:
    """Words and their numbers, in the order in which they were first met."""

    words: tuple[str, ...] = ()

    def with_words(self, more: Iterable[str]) -> "Codes":
        """Return codes that know these words too; the old numbers stay."""
        return Codes(tuple(dict.fromkeys((*self.words, *more))))

    def numbers(self) -> dict[str, int]:
        """Return the number of each word."""
        return {word: number for number, word in enumerate(self.words)}


@dataclass(frozen=True, slots=True)
class People:
    """One row a person; a person's index is theirs for good."""

    index: dict[str, int]
    names: NDArray[np.object_]
    language: NDArray[np.int32]
    least_severity: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Places:
    """One row a place, of the person with this index, from west to east."""

    person: Indexes
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Memberships:
    """One row a group of a person."""

    person: Indexes
    group: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """One row a subscription, in order of their recipients' numbers.

    `shared` marks addresses that another row on the same channel has too.
    """

    recipient: NDArray[np.int64]
    person: Indexes
    channel: NDArray[np.int16]
    address: NDArray[np.object_]
    digest: NDArray[np.int64]
    shared: Marks


def _array(values: Iterable[Any], kind: Any) -> NDArray[Any]:
    return np.fromiter(values, dtype=kind)


@dataclass(frozen=True, slots=True)
class Columns:
    """All that selecting needs, as of one version of the directory."""

    version: int = -1
    people: People = field(
        default_factory=lambda: People(
            {}, _array((), object), _array((), np.int32), _array((), np.int8)
        )
    )
    places: Places = Places(_array((), np.int32), _array((), np.float64), _array((), np.float64))
    memberships: Memberships = Memberships(_array((), np.int32), _array((), np.int32))
    subscriptions: Subscriptions = Subscriptions(
        _array((), np.int64),
        _array((), np.int32),
        _array((), np.int16),
        _array((), object),
        _array((), np.int64),
        _array((), np.bool_),
    )
    languages: Codes = Codes()
    groups: Codes = Codes()
    channels: Codes = Codes()
    practice_groups: frozenset[str] = frozenset()

    def changed(self, changes: Changes) -> "Columns":
        """Return columns in which the people that changed are as they are now."""
        if not changes.people:
            practice = changes.practice_groups
            return replace(self, version=changes.version, practice_groups=practice)
        languages = self.languages.with_words(each.language for each in changes.people)
        groups = self.groups.with_words(each.group for each in changes.memberships)
        channels = self.channels.with_words(each.channel for each in changes.subscriptions)
        people = _people(self.people, changes.people, languages.numbers())
        stale = np.zeros(len(people.names), dtype=np.bool_)
        stale[[people.index[each.person] for each in changes.people]] = True
        index = people.index
        return Columns(
            version=changes.version,
            people=people,
            places=_places(self.places, changes.places, stale, index),
            memberships=_memberships(
                self.memberships, changes.memberships, stale, index, groups.numbers()
            ),
            subscriptions=_subscriptions(
                self.subscriptions, changes.subscriptions, stale, index, channels.numbers()
            ),
            languages=languages,
            groups=groups,
            channels=channels,
            practice_groups=changes.practice_groups,
        )


def _people(known: People, rows: Sequence[PersonRow], languages: Mapping[str, int]) -> People:
    """Give new people the next indexes, and write down what everybody wishes."""
    new = list(dict.fromkeys(row.person for row in rows if row.person not in known.index))
    index = known.index
    if new:
        index = {**index, **{name: len(index) + at for at, name in enumerate(new)}}
    room = len(new)
    language = np.concatenate([known.language, np.zeros(room, np.int32)])
    least = np.concatenate([known.least_severity, np.zeros(room, np.int8)])
    where = [index[row.person] for row in rows]
    language[where] = [languages[row.language] for row in rows]
    least[where] = [row.least_severity for row in rows]
    names = np.concatenate([known.names, _array(new, object)])
    return People(index, names, language, least)


def _places(
    known: Places, rows: Sequence[PlaceRow], stale: Marks, index: Mapping[str, int]
) -> Places:
    kept = ~stale[known.person]
    rows = [row for row in rows if row.person in index]
    longitude = _then(known.longitude[kept], (row.longitude for row in rows))
    order = np.argsort(longitude, kind="stable")
    return Places(
        _then(known.person[kept], (index[row.person] for row in rows))[order],
        _then(known.latitude[kept], (row.latitude for row in rows))[order],
        longitude[order],
    )


def _memberships(
    known: Memberships,
    rows: Sequence[MembershipRow],
    stale: Marks,
    index: Mapping[str, int],
    groups: Mapping[str, int],
) -> Memberships:
    kept = ~stale[known.person]
    rows = [row for row in rows if row.person in index]
    return Memberships(
        _then(known.person[kept], (index[row.person] for row in rows)),
        _then(known.group[kept], (groups[row.group] for row in rows)),
    )


def _subscriptions(
    known: Subscriptions,
    rows: Sequence[SubscriptionRow],
    stale: Marks,
    index: Mapping[str, int],
    channels: Mapping[str, int],
) -> Subscriptions:
    kept = ~stale[known.person]
    rows = [row for row in rows if row.person in index]
    recipient = _then(known.recipient[kept], (row.recipient for row in rows))
    digest = _then(known.digest[kept], (hash((row.channel, row.address)) for row in rows))
    order = np.argsort(recipient, kind="stable")
    return Subscriptions(
        recipient=recipient[order],
        person=_then(known.person[kept], (index[row.person] for row in rows))[order],
        channel=_then(known.channel[kept], (channels[row.channel] for row in rows))[order],
        address=_then(known.address[kept], (row.address for row in rows))[order],
        digest=digest[order],
        shared=_shared(digest)[order],
    )


def _then(kept: NDArray[Any], new: Iterable[Any]) -> NDArray[Any]:
    """Put new values behind those that stay."""
    return np.concatenate([kept, _array(new, kept.dtype)])


def _shared(digest: NDArray[np.int64]) -> Marks:
    """Mark what occurs more than once."""
    ordered = np.sort(digest)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return np.isin(digest, twice) if len(twice) else np.zeros(len(digest), np.bool_)
