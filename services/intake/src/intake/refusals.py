"""Every reason for which intake refuses, each with its status and a sentence for people."""

from enum import StrEnum
from http import HTTPStatus

import structlog

from common.problems import Breach, Problem, Refusal
from intake.metrics import REFUSED

log = structlog.get_logger()


class Reason(StrEnum):
    """The closed list of reasons; also the label of the metric that counts them."""

    NO_KEY = "no-key"
    UNKNOWN_KEY = "unknown-key"
    NOT_ALLOWED = "not-allowed"
    NOT_YOUR_SENDER = "not-your-sender"
    NOT_YOUR_ALERT = "not-your-alert"
    ONLY_EXERCISES = "only-exercises"
    QUOTA_SPENT = "quota-spent"
    BODY_TOO_LARGE = "body-too-large"
    BODY_TOO_SLOW = "body-too-slow"
    EMPTY_BODY = "empty-body"
    MEDIA_TYPE = "media-type"
    CONTENT_CODING = "content-coding"
    NOT_CAP = "not-cap"
    SIGNATURE_DEMANDED = "signature-demanded"
    IDEMPOTENCY_KEY_FORM = "idempotency-key-form"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"
    ALERT_DIFFERS = "alert-differs"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    UNREADABLE_QUESTION = "unreadable-question"
    NAME_TAKEN = "name-taken"
    JOURNAL_UNAVAILABLE = "journal-unavailable"
    NO_ANSWER = "no-answer"
    BROKEN = "broken"
    OTHER = "other"


def refusal(status: HTTPStatus, reason: Reason, detail: str, *breaches: Breach) -> Refusal:
    """Make the exception that refuses for this reason."""
    return Refusal(Problem.of(status, reason, detail, *breaches))


def no_key() -> Refusal:
    """Nobody said who they are."""
    return refusal(
        HTTPStatus.UNAUTHORIZED,
        Reason.NO_KEY,
        "Send a publisher's key as `Authorization: Bearer ktg_…`.",
        Breach(field="header Authorization", rule="required"),
    )


def unknown_key() -> Refusal:
    """A key that was never given out, or that was revoked: the answer does not tell which."""
    return refusal(
        HTTPStatus.UNAUTHORIZED,
        Reason.UNKNOWN_KEY,
        "This key is not known, or was revoked.",
        Breach(field="header Authorization", rule="known-key"),
    )


def not_allowed(may: str, detail: str) -> Refusal:
    """A key may not do this."""
    return refusal(
        HTTPStatus.FORBIDDEN,
        Reason.NOT_ALLOWED,
        detail,
        Breach(field="header Authorization", rule=f"may-{may}"),
    )


def quota_spent(per_minute: int, seconds: float) -> Refusal:
    """A key has submitted too often."""
    problem = Problem.of(
        HTTPStatus.TOO_MANY_REQUESTS,
        Reason.QUOTA_SPENT,
        f"This key may submit {per_minute} times a minute.",
        Breach(field="header Authorization", rule="quota-per-minute"),
    )
    return Refusal(problem.after(seconds))


def body_too_large(limit: int) -> Refusal:
    """More bytes than any real alert has."""
    return refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        Reason.BODY_TOO_LARGE,
        f"An alert has at most {limit:,} bytes.",
        Breach(field="body", rule="size-limit"),
    )


def media_type(given: str, known: tuple[str, ...]) -> Refusal:
    """Neither CAP in XML nor CAP in JSON."""
    return refusal(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        Reason.MEDIA_TYPE,
        f"{given[:80] or 'No content type'} is not one of {', '.join(known)}.",
        Breach(field="header Content-Type", rule="media-type"),
    )


def key_reused() -> Refusal:
    """An idempotency key stands for another body already."""
    return refusal(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        Reason.IDEMPOTENCY_KEY_REUSED,
        "This Idempotency-Key was used for another body within the last 7 days.",
        Breach(field="header Idempotency-Key", rule="one-body-per-key"),
    )


def alert_differs(alert_id: str) -> Refusal:
    """The same (sender, identifier, sent) was accepted with another body."""
    return refusal(
        HTTPStatus.CONFLICT,
        Reason.ALERT_DIFFERS,
        f"An alert with this sender, identifier and sent was accepted as {alert_id},"
        " with another body. A change is a new alert with msgType Update.",
        Breach(field="sender, identifier, sent", rule="one-body-per-alert"),
    )


def no_such_alert(alert_id: str) -> Refusal:
    """Intake never accepted it."""
    return refusal(
        HTTPStatus.NOT_FOUND, Reason.NOT_FOUND, f"No alert {alert_id[:80]} was accepted here."
    )


def journal_unavailable(seconds: float) -> Refusal:
    """The journal cannot commit: nothing was accepted, come again."""
    problem = Problem.of(
        HTTPStatus.SERVICE_UNAVAILABLE,
        Reason.JOURNAL_UNAVAILABLE,
        "The journal cannot be written at the moment. Nothing was accepted; send it again.",
    )
    return Refusal(problem.after(seconds))


def no_answer(of_whom: str, seconds: float) -> Refusal:
    """Another service did not answer in time."""
    problem = Problem.of(
        HTTPStatus.SERVICE_UNAVAILABLE,
        Reason.NO_ANSWER,
        f"{of_whom.capitalize()} did not answer in time.",
    )
    return Refusal(problem.after(seconds))


def count(problem: Problem) -> None:
    """Count a refusal by its reason, and note it."""
    known = problem.reason in set(Reason)
    REFUSED.labels(reason=problem.reason if known else Reason.OTHER).inc()
    log.info("request_refused", reason=problem.reason, status=problem.status)
