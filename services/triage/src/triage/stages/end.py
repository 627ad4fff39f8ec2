"""An end is for those who were told: without them it waits for its alert, or is no news.

It stands last, so that an end which people doubt stops nothing before they have agreed.
"""

from triage.case import Case
from triage.chain import ENDINGS
from triage.verdict import Held, Reason, Suppressed


def end(case: Case) -> Case | Held | Suppressed:
    """Hold an end that matches nothing; one whose alert went to nobody stops what waits of it."""
    if case.follow_up not in ENDINGS or any(each.released for each in case.earlier):
        return case
    if all(each.follow_up in ENDINGS for each in case.earlier):
        return case.held(
            Reason.FOLLOWS_NOTHING,
            "It ends an alert that is not known here, so there is nobody to tell.",
            answerable=False,
        )
    return Suppressed(
        Reason.NOTHING_SENT, "The alert that it ends went to nobody.", stops_chain=True
    )
