"""An alert that was submitted before is decided once."""

from triage.case import Case
from triage.verdict import Reason, Suppressed


def deduplicate(case: Case) -> Case | Suppressed:
    """Stop another submission of an alert that already has its verdict."""
    if case.duplicate:
        return Suppressed(
            Reason.DUPLICATE,
            "An alert with the same sender, identifier and sent already has its verdict.",
        )
    return case
