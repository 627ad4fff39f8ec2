"""Whom an alert is for: areas, named groups, everyone; nobody at all rather than the wrong ones."""

from dataclasses import replace

from common.cap.codes import Scope
from common.events.triage import Audience
from common.subjects import Priority
from triage.case import Case
from triage.chain import ENDINGS
from triage.groups import EVERYONE, groups_of_places, is_usable, named_groups
from triage.verdict import Held, Reason


def address(case: Case) -> Case | Held:
    """Find the audience; hold what names none, and doubt what is wider than policy likes.

    An end goes to those who were told, and to nobody else; so does an update without infos.
    """
    if inherits(case):
        return replace(case, audience=case.place.audience)
    audience = audience_of(case)
    if audience.everyone and not case.policy.everyone:
        return case.held(
            Reason.EVERYONE_NOT_ALLOWED,
            "It names everyone, which policy does not allow: reject it and name areas or groups.",
            answerable=False,
        )
    if not (audience.by_area or audience.groups or audience.everyone):
        return case.held(
            Reason.NO_AUDIENCE,
            "It has no usable area and names no group: reject it and send it with one.",
            answerable=False,
        )
    return _within_limit(_confirmed(replace(case, audience=audience)))


def audience_of(case: Case) -> Audience:
    """Return whom an alert names itself; only a Public one is addressed by area."""
    public = case.alert.scope is Scope.PUBLIC
    areas = [area for info in case.alert.infos for area in info.area] if public else []
    named = {*named_groups(case.alert), *groups_of_places(areas, case.policy.place_groups)}
    practiced = set() if case.is_exercise else set(case.policy.practice_groups)
    return Audience(
        by_area=any(map(is_usable, areas)),
        groups=tuple(sorted(named - practiced - {EVERYONE})),
        everyone=EVERYONE in named,
    )


def inherits(case: Case) -> bool:
    """Whether it goes to those who were told before."""
    return case.place.follow_up in ENDINGS or (
        case.place.after is not None and not case.alert.infos
    )


def _confirmed(case: Case) -> Case:
    """Doubt an alert to everyone."""
    if not case.audience.everyone:
        return case
    return case.doubting(Reason.EVERYONE, "It goes to everyone in the directory.")


def _within_limit(case: Case) -> Case:
    """Doubt an audience over the limit; where nobody could count it, an immediate alert goes."""
    limit = case.policy.audience_limits.of(case.priority)
    if case.reach is None:
        if case.priority is Priority.IMMEDIATE:
            return case
        return case.doubting(
            Reason.REACH_UNKNOWN, "How many people it reaches could not be counted."
        )
    if case.reach > limit:
        return case.doubting(
            Reason.AUDIENCE_OVER_LIMIT,
            f"It reaches {case.reach:,} people; in lane {case.priority} policy lets one person "
            f"reach {limit:,}.",
        )
    return case
