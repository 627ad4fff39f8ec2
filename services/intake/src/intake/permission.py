"""What a key may do with an alert: speak as its sender, follow up its own, read its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from common.cap.alert import Alert
from common.cap.codes import Status
from common.problems import Breach, Refusal
from intake import refusals
from intake.keys import Key, May
from intake.refusals import Reason

DRILLS = frozenset({Status.EXERCISE, Status.TEST})


@dataclass(frozen=True, slots=True)
class Referenced:
    """An alert that another one references; `status` is None where intake never accepted it."""

    sender: str
    identifier: str
    status: Status | None = None


def may_submit(key: Key) -> Refusal | None:
    """Say whether the key may submit anything, before its body is read."""
    if key.publishes:
        return None
    return refusals.not_allowed("publish", "This key may not submit alerts.")


def may_publish(key: Key, alert: Alert, referenced: Iterable[Referenced]) -> Refusal | None:
    """Say why the key may not publish this alert, or None if it may."""
    if alert.sender not in key.senders:
        return _forbidden(
            Reason.NOT_YOUR_SENDER,
            f"This key does not speak for the sender {alert.sender}.",
            Breach(field="sender", rule="own-sender"),
        )
    if key.only_exercises and alert.status not in DRILLS:
        return _forbidden(
            Reason.ONLY_EXERCISES,
            f"This key may only exercise; the status of this alert is {alert.status}.",
            Breach(field="status", rule="exercise-or-test"),
        )
    return next(filter(None, (_may_follow_up(key, each) for each in referenced)), None)


def may_read(key: Key, sender: str, publisher: str) -> bool:
    """Say whether the key reads an alert: its own, or all."""
    return May.READ_ALL in key.may or publisher == key.id or sender in key.senders


def _may_follow_up(key: Key, referenced: Referenced) -> Refusal | None:
    """Say why the key may not follow up this alert."""
    if referenced.sender not in key.senders:
        return _forbidden(
            Reason.NOT_YOUR_ALERT,
            f"Alert {referenced.identifier} is of {referenced.sender}, for whom this key"
            " does not speak.",
            Breach(field="references", rule="own-alerts"),
        )
    if key.only_exercises and referenced.status not in (None, *DRILLS):
        return _forbidden(
            Reason.ONLY_EXERCISES,
            f"This key may only exercise; alert {referenced.identifier} is {referenced.status}.",
            Breach(field="references", rule="exercise-or-test"),
        )
    return None


def _forbidden(reason: Reason, detail: str, breach: Breach) -> Refusal:
    """Refuse with 403."""
    return refusals.refusal(HTTPStatus.FORBIDDEN, reason, detail, breach)
