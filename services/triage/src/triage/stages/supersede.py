"""What comes too late for its chain, because something newer or its own end came first."""

from triage.case import Case
from triage.chain import ENDINGS
from triage.verdict import Reason, Suppressed


def supersede(case: Case) -> Case | Suppressed:
    """Stop what is older than the newest of its chain, or was ended before it came.

    A redelivery after a crash can bring an alert behind its cancel, which waits for it then.
    """
    newer = [each for each in case.earlier if each.sent > case.alert.sent]
    if any(each.released for each in newer):
        return Suppressed(Reason.SUPERSEDED, "A newer alert of its chain is already out.")
    if case.follow_up not in ENDINGS and any(
        each.sent >= case.alert.sent and each.ends_the_unknown for each in case.place.withdraws
    ):
        return Suppressed(
            Reason.ENDED_BEFORE_IT_CAME,
            "An alert that ends it came first: neither goes to anybody.",
            stops_chain=True,
        )
    return case
