"""Nothing goes out past its life; what it follows up is over all the same."""

from triage.case import Case
from triage.verdict import Reason, Suppressed


def expire(case: Case) -> Case | Suppressed:
    """Stop an alert whose life is over."""
    if case.expires_at <= case.now:
        return Suppressed(
            Reason.EXPIRED,
            f"Its life ended at {case.expires_at.isoformat()}.",
            stops_chain=True,
        )
    return case
