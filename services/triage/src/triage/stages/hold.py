"""Who must agree: what intake was concerned about, policy's two people, and every earlier doubt."""

from triage.case import Case
from triage.verdict import Held, Reason


def hold(case: Case) -> Case | Held:
    """Hold an alert that is doubted, until a second person has agreed to all of it."""
    doubts = _with_rules(_with_concerns(case)).doubts
    if case.approver or not doubts:
        return case
    return case.held(doubts[0].reason, " ".join(doubt.sentence for doubt in doubts))


def _with_concerns(case: Case) -> Case:
    """Doubt what intake wants a person to look at first."""
    if not case.accepted.concerns:
        return case
    return case.doubting(Reason.CONCERNS, f"Intake: {'; '.join(case.accepted.concerns)}.")


def _with_rules(case: Case) -> Case:
    """Doubt what policy wants two people for."""
    alert = case.alert
    if not any(
        rule.wants(alert.sender, case.priority, alert.scope, alert.status)
        for rule in case.policy.two_people
    ):
        return case
    return case.doubting(Reason.TWO_PEOPLE, "Policy wants two people for an alert like this.")
