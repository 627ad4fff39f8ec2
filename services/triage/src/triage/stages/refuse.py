"""What is not for people's ears: drafts, tests, system talk, acknowledgments, closed scopes."""

from typing import Final

from common.cap.codes import MsgType, Status
from triage.case import Case
from triage.verdict import Reason, Suppressed

SENT_STATUSES: Final = frozenset({Status.ACTUAL, Status.EXERCISE})
SENT_MSG_TYPES: Final = frozenset({MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL})


def refuse(case: Case) -> Case | Suppressed:
    """Stop what is not meant for people here; only what is known to be is let through."""
    alert = case.alert
    if alert.status not in SENT_STATUSES:
        return Suppressed(
            Reason.STATUS_NOT_SENT,
            f"Its status is {alert.status}: only Actual and Exercise go out.",
        )
    if alert.msg_type not in SENT_MSG_TYPES:
        return Suppressed(
            Reason.MSG_TYPE_NOT_SENT,
            f"Its msgType is {alert.msg_type}: an answer between systems, not for people.",
        )
    if alert.scope not in case.policy.scopes:
        return Suppressed(
            Reason.SCOPE_NOT_SENT, f"Its scope is {alert.scope}, which policy does not take."
        )
    return case
