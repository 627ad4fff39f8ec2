"""The end of the pipeline: whatever nobody stopped goes out."""

from triage.case import Case
from triage.verdict import Reason, Released


def release(case: Case) -> Released:
    """Release an alert with all that was found out about it."""
    reason = Reason.APPROVED if case.approver else Reason.RELEASED
    return Released(
        reason=reason,
        sentence=_sentence(case),
        priority=case.priority,
        info_priorities=case.info_priorities,
        expires_at=case.expires_at,
        audience=case.audience,
    )


def _sentence(case: Case) -> str:
    """Say to whom it goes, and on whose word."""
    audience = case.audience
    named = [
        *(["everyone"] if audience.everyone else []),
        *(["people in its areas"] if audience.by_area else []),
        *(f"group {group}" for group in audience.groups),
    ]
    agreed = " A second person agreed." if case.approver else ""
    return f"It goes {case.priority} to {', '.join(named)}.{agreed}"
