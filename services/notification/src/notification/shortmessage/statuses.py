"""What the statuses and message states of SMPP mean for a recipient (SMPP 3.4 §5.1.3, §5.2.28)."""

from collections.abc import Mapping
from typing import Final

from common.events.notification import Outcome
from notification.reason import Reason
from smpp import CommandStatus, MessageState, Receipt

REFUSALS: Final[Mapping[int, Reason]] = {
    CommandStatus.ESME_RINVDSTADR: Reason.ADDRESS_UNKNOWN,
    CommandStatus.ESME_RINVDSTTON: Reason.ADDRESS_MALFORMED,
    CommandStatus.ESME_RINVDSTNPI: Reason.ADDRESS_MALFORMED,
    CommandStatus.ESME_RINVMSGLEN: Reason.TEXT_TOO_LONG,
    CommandStatus.ESME_RINVSRCADR: Reason.SENDER_REFUSED,
    CommandStatus.ESME_RINVSRCTON: Reason.SENDER_REFUSED,
    CommandStatus.ESME_RINVSRCNPI: Reason.SENDER_REFUSED,
    CommandStatus.ESME_RINVSERTYP: Reason.SENDER_REFUSED,
    CommandStatus.ESME_RINVCMDLEN: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVCMDID: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVPRTFLG: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVREGDLVFLG: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVESMCLASS: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVSCHED: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVEXPIRY: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVOPTPARSTREAM: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_ROPTPARNOTALLWD: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVPARLEN: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RMISSINGOPTPARAM: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RINVOPTPARAMVAL: Reason.REQUEST_MALFORMED,
    CommandStatus.ESME_RSUBMITFAIL: Reason.REFUSED_BY_PROVIDER,
    CommandStatus.ESME_RX_R_APPN: Reason.REFUSED_BY_PROVIDER,
    CommandStatus.ESME_RDELIVERYFAILURE: Reason.UNDELIVERABLE,
    CommandStatus.ESME_RX_P_APPN: Reason.REFUSED_BY_PROVIDER,
}

FAILURES: Final = frozenset(
    {
        CommandStatus.ESME_RSYSERR,
        CommandStatus.ESME_RX_T_APPN,
        CommandStatus.ESME_RUNKNOWNERR,
        CommandStatus.ESME_RINVBNDSTS,
    }
)

STATES: Final[Mapping[MessageState, tuple[Outcome, Reason | None]]] = {
    MessageState.DELIVERED: (Outcome.DELIVERED, None),
    MessageState.EXPIRED: (Outcome.FAILED, Reason.PHONE_UNREACHABLE),
    MessageState.DELETED: (Outcome.FAILED, Reason.REFUSED_BY_PROVIDER),
    MessageState.UNDELIVERABLE: (Outcome.FAILED, Reason.UNDELIVERABLE),
    MessageState.REJECTED: (Outcome.FAILED, Reason.BLOCKED_BY_PROVIDER),
    MessageState.UNKNOWN: (Outcome.UNKNOWN, Reason.NOT_UNDERSTOOD),
}

NETWORK_ERRORS: Final[Mapping[str, Reason]] = {
    "001": Reason.ADDRESS_UNKNOWN,
    "005": Reason.ADDRESS_UNKNOWN,
    "009": Reason.ADDRESS_DISABLED,
    "011": Reason.ADDRESS_DISABLED,
    "013": Reason.ADDRESS_DISABLED,
    "027": Reason.PHONE_UNREACHABLE,
    "031": Reason.PHONE_UNREACHABLE,
    "032": Reason.PHONE_UNREACHABLE,
}


def outcome_of(receipt: Receipt) -> tuple[Outcome, Reason | None] | None:
    """Return what a receipt says about a recipient, or None if it is not the last word.

    `err` is read as an error of GSM 09.02, as most SMSCs write it there.
    """
    if not receipt.message_state.final:
        return None
    outcome, reason = STATES[receipt.message_state]
    if receipt.message_state is MessageState.UNDELIVERABLE:
        reason = NETWORK_ERRORS.get(receipt.err.zfill(3), reason)
    return outcome, reason
