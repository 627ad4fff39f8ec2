"""Who of an audience is told first, and who is in reserve: by the order of a person's channels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from notification.audience import Group
from notification.cascade import Cascade, Role
from notification.columns import Marks

NO_STEP: Final = np.iinfo(np.int16).max


def divided(groups: Iterable[Group], cascade: Cascade) -> Iterator[tuple[Group, Role]]:
    """Divide groups by what their recipients are; each part keeps the order of its group.

    An address that several people share stands for whoever has it first, and is told for the sake
    of the others: it is in nobody's reserve.
    """
    known = list(groups)
    if not known:
        return
    first, has_reserve = _by_person(known, cascade)
    for group in known:
        behind = _is_behind(group, cascade, first)
        backed = has_reserve[_people(group)] & ~behind
        alone = ~(behind | backed)
        for role, marks in ((Role.ALONE, alone), (Role.FIRST, backed), (Role.RESERVE, behind)):
            if marks.any():
                yield replace(group, rows=group.rows[marks]), role


def _by_person(groups: Sequence[Group], cascade: Cascade) -> tuple[NDArray[np.int16], Marks]:
    """Return, by person, the step that is theirs first, and whether anything is behind it."""
    people = len(groups[0].columns.people.names)
    first = np.full(people, NO_STEP, np.int16)
    for group in groups:
        own = _people(group)[~_shared(group)]
        np.minimum.at(first, own, cascade.number(group.channel))
    has_reserve = np.zeros(people, np.bool_)
    for group in groups:
        has_reserve[_people(group)[_is_behind(group, cascade, first)]] = True
    return first, has_reserve


def _is_behind(group: Group, cascade: Cascade, first: NDArray[np.int16]) -> Marks:
    """Mark the recipients of a group whose person has an earlier step."""
    later: Marks = cascade.number(group.channel) > first[_people(group)]
    return later & ~_shared(group)


def _people(group: Group) -> NDArray[np.int32]:
    """Return the person of each recipient of a group."""
    return group.columns.subscriptions.person[group.rows]


def _shared(group: Group) -> Marks:
    """Mark the recipients of a group whose address somebody else may have, too."""
    return group.columns.subscriptions.shared[group.rows]
