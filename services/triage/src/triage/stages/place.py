"""Where an alert stands in its chain: after which, ending which, in how urgent a lane."""

from dataclasses import replace

from common.events.triage import FollowUp
from triage.case import Case
from triage.chain import ENDINGS, Earlier, Standing, joined, most_urgent


def place(case: Case) -> Case:
    """Find the place of an alert among those that it references, or that reference it."""
    return replace(case, standing=_standing(case))


def _standing(case: Case) -> Standing:
    """Return its standing; an update of what never went out is the first of its chain."""
    chains = tuple(dict.fromkeys(each.chain for each in case.earlier))
    alone = Standing(
        chain=chains[0] if chains else case.alert_id,
        joins=chains[1:],
        withdraws=tuple(each for each in case.earlier if _withdraws(case, each)),
    )
    if case.follow_up is FollowUp.FIRST:
        return alone
    if any(each.released for each in case.earlier):
        return _behind_released(case, alone)
    return replace(alone, follow_up=case.follow_up) if case.follow_up in ENDINGS else alone


def _withdraws(case: Case, each: Earlier) -> bool:
    """Whether something that waits is not to go out any more once this one was heard of.

    That is what a follow-up follows, and an end that came before the alert that it ends.
    """
    if each.sent >= case.alert.sent and case.follow_up not in ENDINGS and each.ends_the_unknown:
        return True
    return case.follow_up is not FollowUp.FIRST and each.held and each.sent <= case.alert.sent


def _behind_released(case: Case, alone: Standing) -> Standing:
    """Return the standing of a follow-up of something that went out."""
    released = tuple(each for each in case.earlier if each.released)
    return replace(
        alone,
        follow_up=case.follow_up,
        after=released[-1].alert_id,
        ends=tuple(each for each in released if not each.ended),
        most_urgent=most_urgent(each.priority for each in released),
        audience=joined(each.audience for each in released),
    )
