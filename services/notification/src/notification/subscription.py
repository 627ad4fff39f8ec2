"""Who wants to be told: language, places, groups and addresses of a person, and how they change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeVar

from common.cap.codes import Severity, Urgency

DEFAULT_LANGUAGE: Final = "en-US"
RANKS: Final = {Severity.MINOR: 1, Severity.MODERATE: 2, Severity.SEVERE: 3, Severity.EXTREME: 4}
EVERYTHING: Final = 0
ALWAYS: Final = 9
T = TypeVar("T")


class Ended(StrEnum):
    """Why a subscription ended where neither its provider nor its owner ended it."""

    LEFT_OUT = "left_out_of_import"


REVIVED_BY_IMPORT: Final = frozenset(Ended)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a person lives, works or has somebody to worry about."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One address on one channel."""

    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """What the directory holds about a person; `ended` has the reasons of addresses given up.

    `least_severity` is the rank below which an info is not wanted.
    """

    id: str
    language: str = DEFAULT_LANGUAGE
    least_severity: int = EVERYTHING
    places: frozenset[Place] = frozenset()
    groups: frozenset[str] = frozenset()
    addresses: frozenset[Address] = frozenset()
    ended: Mapping[Address, str] = field(default_factory=dict)
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file says about a person; None where it says nothing.

    `addresses` has the channels that the file has a column for, each with all of its addresses.
    """

    person: str
    language: str | None = None
    least_severity: int | None = None
    places: frozenset[Place] | None = None
    groups: frozenset[str] | None = None
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remove: bool = False


def entered(known: Person | None, entry: Entry) -> Person | None:
    """Return a person as a file wants them; None is nobody, before as after.

    Of a person removed nothing is kept but the id. An address that a provider or its owner ended
    stays ended, whatever a file says.
    """
    if entry.remove:
        return None if known is None else Person(known.id, removed=True)
    person = known or Person(entry.person)
    return _with_addresses(
        replace(
            person,
            language=_said(entry.language, person.language),
            least_severity=_said(entry.least_severity, person.least_severity),
            places=_said(entry.places, person.places),
            groups=_said(entry.groups, person.groups),
            removed=False,
        ),
        entry,
    )


def stay_ended(person: Person, entry: Entry) -> int:
    """Count the addresses that a file names although they have ended for good."""
    return sum(
        person.ended.get(address, Ended.LEFT_OUT) not in REVIVED_BY_IMPORT
        for address in _named(entry)
    )


def demand(severity: Severity, urgency: Urgency) -> int:
    """Rank an info against what people want.

    What is Extreme, what is Severe and Immediate, and what nobody could rate reaches all.
    """
    if severity is Severity.EXTREME or severity not in RANKS:
        return ALWAYS
    if severity is Severity.SEVERE and urgency is Urgency.IMMEDIATE:
        return ALWAYS
    return RANKS[severity]


def _with_addresses(person: Person, entry: Entry) -> Person:
    """Exchange the addresses on the channels that a file has columns for."""
    final = {each for each, why in person.ended.items() if why not in REVIVED_BY_IMPORT}
    wanted = _named(entry) - final
    kept = {each for each in person.addresses if each.channel not in entry.addresses}
    addresses = frozenset(wanted | kept)
    ended = {each: why for each, why in person.ended.items() if each not in addresses}
    left_out = dict.fromkeys(person.addresses - addresses, str(Ended.LEFT_OUT))
    return replace(person, addresses=addresses, ended={**ended, **left_out})


def _named(entry: Entry) -> frozenset[Address]:
    """Return the addresses that a file names."""
    return frozenset(
        Address(channel, text) for channel, texts in entry.addresses.items() for text in texts
    )


def _said(new: T | None, old: T) -> T:
    """Return what a file says, or what was known where it says nothing."""
    return old if new is None else new
