"""What a server's report says became of a mail (RFC 3464)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Final

from common.events.notification import Outcome
from notification.mail.replies import reason_of
from notification.reason import Reason

MOST_NESTED: Final = 40
NESTING: Final = re.compile(rb"boundary|message/", re.IGNORECASE)
ACTION: Final = re.compile(r"\s*(failed|delivered|delayed|relayed|expanded)\b", re.IGNORECASE)
STATUS: Final = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
DIAGNOSTIC: Final = re.compile(r"\s*smtp\s*;\s*([45]\d\d)[ -](.*)", re.IGNORECASE | re.DOTALL)
REPLIED: Final = {"4": 450, "5": 550}


@dataclass(frozen=True, slots=True)
class Report:
    """The end of a mail: it was delivered, or failed for a reason."""

    outcome: Outcome
    reason: Reason | None = None


def read_report(octets: bytes) -> Report | None:
    """Return the end that a report tells, or None: no report, or no end yet.

    A mail that is delayed or passed on has not come to its end. Where a mail was passed on to
    several addresses, one failure is the end.
    """
    if len(NESTING.findall(octets)) > MOST_NESTED:
        return None
    ends = [_end(told) for told in _recipients(message_from_bytes(octets))]
    failed = (end for end in ends if end is not None and end.outcome is Outcome.FAILED)
    return next(failed, None) or next((end for end in ends if end is not None), None)


def _recipients(report: Message) -> Iterator[Message]:
    """Yield the fields about each recipient; those about the whole come first and have no Action.

    Only the report's own parts count, not what the returned mail has inside.
    """
    parts = report.get_payload() if report.is_multipart() else []
    for part in parts:
        if isinstance(part, Message) and part.get_content_type() == "message/delivery-status":
            fields = part.get_payload()
            if isinstance(fields, list):
                yield from (each for each in fields if isinstance(each, Message))


def _end(told: Message) -> Report | None:
    action = ACTION.match(str(told.get("Action", "")))
    if action is None:
        return None
    match action[1].lower():
        case "failed":
            return Report(Outcome.FAILED, _reason(told))
        case "delivered":
            return Report(Outcome.DELIVERED)
    return None


def _reason(told: Message) -> Reason:
    """Read the status; where it says nothing, what the last server said."""
    status = STATUS.match(str(told.get("Status", "")))
    if status is not None and status[1] in REPLIED and status[2] != "0":
        return reason_of(REPLIED[status[1]], ".".join(status.groups()))
    said = DIAGNOSTIC.match(str(told.get("Diagnostic-Code", "")))
    if said is not None:
        return reason_of(int(said[1]), said[2])
    return Reason.UNDELIVERABLE
