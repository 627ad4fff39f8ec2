"""Every subject and stream name, and nothing else."""

from enum import StrEnum
from typing import Final


class Priority(StrEnum):
    """Triage's judgement, and the three lanes of delivery."""

    IMMEDIATE = "immediate"
    PRIORITY = "priority"
    ROUTINE = "routine"


class Service(StrEnum):
    """The four services; also the names of their NATS users."""

    INTAKE = "intake"
    TRIAGE = "triage"
    NOTIFICATION = "notification"
    AUDIT = "audit"


class Stream(StrEnum):
    """The streams of JetStream."""

    ALERTS = "ALERTS"
    REPORTS = "REPORTS"
    NOTIFICATIONS = "NOTIFICATIONS"
    OUTCOMES = "OUTCOMES"
    DEAD = "DEAD"
    ADVISORIES = "ADVISORIES"
    CHECKPOINTS = "CHECKPOINTS"


class Bucket(StrEnum):
    """The key-value buckets: which batch has come how far, and which alert is not to be sent on."""

    DELIVERY_PROGRESS = "delivery-progress"
    STOPPED = "stopped"


ALERT_ACCEPTED: Final = "alert.accepted"
ALERT_HELD: Final = "alert.held"
ALERT_APPROVED: Final = "alert.approved"
ALERT_REJECTED: Final = "alert.rejected"
ALERT_SUPPRESSED: Final = "alert.suppressed"
ALERT_RELEASED: Final = "alert.released"
ALERT_ENDED: Final = "alert.ended"

REPORT_ACCEPTED: Final = "report.accepted"
REPORT_CORRELATED: Final = "report.correlated"

NOTIFICATION_REQUESTED: Final = "notification.requested"
NOTIFICATION_PLANNED: Final = "notification.planned"
NOTIFICATION_SETTLED: Final = "notification.settled"
NOTIFICATION_REPLIED: Final = "notification.replied"

DEAD: Final = "dead"

MAX_DELIVERIES_ADVISORY: Final = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>"
TERMINATED_ADVISORY: Final = "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>"

INTAKE_SUBMIT: Final = "intake.submit"
INTAKE_HELD: Final = "intake.held"
INTAKE_APPROVE: Final = "intake.approve"
INTAKE_REJECT: Final = "intake.reject"
INTAKE_ALERT: Final = "intake.alert"
INTAKE_KEYS_CREATE: Final = "intake.keys.create"
INTAKE_KEYS_LIST: Final = "intake.keys.list"
INTAKE_KEYS_REVOKE: Final = "intake.keys.revoke"

TRIAGE_HELD: Final = "triage.held"
TRIAGE_APPROVE: Final = "triage.approve"
TRIAGE_REJECT: Final = "triage.reject"

NOTIFICATION_REACH: Final = "notification.reach"
NOTIFICATION_OUTCOMES: Final = "notification.outcomes"
NOTIFICATION_LINKS: Final = "notification.links"
NOTIFICATION_LINKS_TEST: Final = "notification.links.test"
NOTIFICATION_DIRECTORY_IMPORT: Final = "notification.directory.import"
NOTIFICATION_DIRECTORY_SUMMARY: Final = "notification.directory.summary"

AUDIT_CHECKPOINTED: Final = "audit.checkpointed"

AUDIT_TIMELINE: Final = "audit.timeline"
AUDIT_COUNTS: Final = "audit.counts"
AUDIT_VERIFY: Final = "audit.verify"


def released(priority: Priority) -> str:
    """Return the subject of a release in this lane."""
    return f"{ALERT_RELEASED}.{priority}"


def requested(channel: str, priority: Priority) -> str:
    """Return the subject of a batch for this channel in this lane."""
    return f"{NOTIFICATION_REQUESTED}.{channel}.{priority}"


def settled(channel: str) -> str:
    """Return the subject of outcomes on this channel."""
    return f"{NOTIFICATION_SETTLED}.{channel}"


def dead(service: Service) -> str:
    """Return the subject on which this service says what it gave up."""
    return f"{DEAD}.{service}"
