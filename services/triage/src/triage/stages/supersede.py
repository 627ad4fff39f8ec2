"""What comes too late for its chain, ends nothing, or was ended before it came."""

from triage.case import Case
from triage.chain import ENDINGS
from triage.verdict import Held, Reason, Suppressed


def supersede(case: Case) -> Case | Held | Suppressed:
    """Stop what is older than the newest of its chain, and an end that has nothing to end."""
    released = [each for each in case.earlier if each.released]
    if any(each.sent > case.alert.sent for each in released):
        return Suppressed(Reason.SUPERSEDED, "A newer alert of its chain is already out.")
    if case.follow_up in ENDINGS:
        return case if released else _ends_nothing(case)
    return _unless_canceled(case)


def _ends_nothing(case: Case) -> Held | Suppressed:
    """Hold an end that matches nothing; one whose alert went to nobody is not news to anybody."""
    if all(each.follow_up in ENDINGS for each in case.earlier):
        return case.held(
            Reason.FOLLOWS_NOTHING,
            "It ends an alert that is not known here, so there is nobody to tell.",
            answerable=False,
        )
    return Suppressed(
        Reason.NOTHING_SENT, "The alert that it ends went to nobody.", stops_chain=True
    )


def _unless_canceled(case: Case) -> Case:
    """Doubt an alert whose end came before it did and waits."""
    if any(
        each.held and each.follow_up in ENDINGS and each.sent >= case.alert.sent
        for each in case.earlier
    ):
        return case.doubting(
            Reason.CANCELED_BEFORE_IT_CAME,
            "An alert that ends it came first, and waits for a second person.",
        )
    return case
