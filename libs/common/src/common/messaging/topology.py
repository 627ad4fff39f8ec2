"""The one table of the bus: its streams, consumers and buckets, and who owns which."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from common import subjects
from common.subjects import Bucket, Priority, Service, Stream

MEBIBYTE: Final = 1024 * 1024
DAY_SECONDS: Final = 86_400
MAX_PAYLOAD_BYTES: Final = 8 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream: its subjects, who writes to it, how long it keeps, and its first limit.

    `max_bytes` and the replicas are the operator's once the stream exists.
    """

    name: Stream
    subjects: tuple[str, ...]
    written_by: tuple[Service, ...]
    max_bytes: int
    keep_days: int = 30
    work_queue: bool = False
    undeletable: bool = False


@dataclass(frozen=True, slots=True)
class Consumer:
    """A durable pull consumer: what it hears, and whose it is.

    `ack_wait_seconds` without a sign of life gives the message to another worker;
    `progress_within_seconds` ends the signs of life of a handler that makes no progress.
    `watched_by` are the other services that may see how far it is, and nothing more.
    """

    name: str
    stream: Stream
    subjects: tuple[str, ...]
    service: Service
    ack_wait_seconds: float = 30.0
    max_ack_pending: int = 1_000
    progress_within_seconds: float | None = None
    watched_by: tuple[Service, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A subject on which one service answers, and who may ask it (the operator always may)."""

    subject: str
    answered_by: Service
    asked_by: tuple[Service, ...] = ()
    operator_asks: bool = True


STREAMS: Final = (
    StreamSpec(
        Stream.ALERTS, ("alert.>",), (Service.INTAKE, Service.TRIAGE), 512 * MEBIBYTE,
        undeletable=True,
    ),
    StreamSpec(Stream.REPORTS, ("report.>",), (Service.INTAKE, Service.TRIAGE), 128 * MEBIBYTE),
    StreamSpec(
        Stream.NOTIFICATIONS, (f"{subjects.NOTIFICATION_REQUESTED}.>",), (Service.NOTIFICATION,),
        1024 * MEBIBYTE, work_queue=True,
    ),
    StreamSpec(
        Stream.OUTCOMES,
        (
            subjects.NOTIFICATION_PLANNED,
            f"{subjects.NOTIFICATION_SETTLED}.>",
            f"{subjects.NOTIFICATION_REPLIED}.>",
        ),
        (Service.NOTIFICATION,), 1024 * MEBIBYTE, undeletable=True,
    ),
    StreamSpec(Stream.DEAD, (f"{subjects.DEAD}.>",), tuple(Service), 256 * MEBIBYTE),
    StreamSpec(
        Stream.ADVISORIES,
        (subjects.MAX_DELIVERIES_ADVISORY, subjects.TERMINATED_ADVISORY),
        (), 32 * MEBIBYTE,
    ),
    StreamSpec(
        Stream.CHECKPOINTS, (subjects.AUDIT_CHECKPOINTED,), (Service.AUDIT,), 64 * MEBIBYTE,
        keep_days=3_650, undeletable=True,
    ),
)  # fmt: skip

BUCKETS: Final = {Bucket.DELIVERY_PROGRESS: 256 * MEBIBYTE, Bucket.STOPPED: 16 * MEBIBYTE}
BUCKET_OWNER: Final = Service.NOTIFICATION
BUCKET_KEEP_DAYS: Final = 8

TRIAGE_ACCEPTED: Final = Consumer(
    "triage-accepted", Stream.ALERTS, (subjects.ALERT_ACCEPTED,), Service.TRIAGE, 6.0,
    watched_by=(Service.INTAKE,),
)  # fmt: skip
INTAKE_VERDICTS: Final = Consumer(
    "intake-verdicts",
    Stream.ALERTS,
    (
        subjects.ALERT_HELD,
        subjects.ALERT_REJECTED,
        subjects.ALERT_SUPPRESSED,
        f"{subjects.ALERT_RELEASED}.>",
    ),
    Service.INTAKE,
)
INTAKE_PLANS: Final = Consumer(
    "intake-plans", Stream.OUTCOMES, (subjects.NOTIFICATION_PLANNED,), Service.INTAKE
)
NOTIFICATION_ENDED: Final = Consumer(
    "notification-ended", Stream.ALERTS, (subjects.ALERT_ENDED,), Service.NOTIFICATION
)

QUESTIONS: Final = (
    *(
        Question(subject, Service.INTAKE)
        for subject in (
            subjects.INTAKE_SUBMIT,
            subjects.INTAKE_HELD,
            subjects.INTAKE_APPROVE,
            subjects.INTAKE_REJECT,
            subjects.INTAKE_ALERT,
            subjects.INTAKE_KEYS_CREATE,
            subjects.INTAKE_KEYS_LIST,
            subjects.INTAKE_KEYS_REVOKE,
        )
    ),
    *(
        Question(subject, Service.TRIAGE, asked_by=(Service.INTAKE,), operator_asks=False)
        for subject in (subjects.TRIAGE_HELD, subjects.TRIAGE_APPROVE, subjects.TRIAGE_REJECT)
    ),
    Question(subjects.NOTIFICATION_REACH, Service.NOTIFICATION, asked_by=(Service.TRIAGE,)),
    Question(subjects.NOTIFICATION_OUTCOMES, Service.NOTIFICATION),
    Question(subjects.NOTIFICATION_LINKS, Service.NOTIFICATION),
    Question(subjects.NOTIFICATION_LINKS_TEST, Service.NOTIFICATION),
    Question(subjects.NOTIFICATION_DIRECTORY_IMPORT, Service.NOTIFICATION),
    Question(subjects.NOTIFICATION_DIRECTORY_SUMMARY, Service.NOTIFICATION),
    Question(subjects.AUDIT_TIMELINE, Service.AUDIT, asked_by=(Service.INTAKE,)),
    Question(subjects.AUDIT_COUNTS, Service.AUDIT, asked_by=(Service.INTAKE,)),
    Question(subjects.AUDIT_VERIFY, Service.AUDIT),
)


def stream_of(subject: str) -> str:
    """Return the name of the stream that hears a subject, or nothing."""
    return next((each.name for each in STREAMS if _hears(each, subject)), "")


def planning(priority: Priority) -> Consumer:
    """Return the consumer that hears releases in this lane."""
    return Consumer(
        f"notification-plan-{priority}",
        Stream.ALERTS,
        (subjects.released(priority),),
        Service.NOTIFICATION,
        ack_wait_seconds=_patience(priority),
        watched_by=(Service.INTAKE,),
    )


def delivering(channel: str, priority: Priority) -> Consumer:
    """Return the consumer that hears the batches of this channel in this lane."""
    return Consumer(
        f"notification-{channel}-{priority}",
        Stream.NOTIFICATIONS,
        (subjects.requested(channel, priority),),
        Service.NOTIFICATION,
        ack_wait_seconds=_patience(priority),
        max_ack_pending=10_000,
        progress_within_seconds=60.0,
    )


def auditing(stream: Stream) -> Consumer:
    """Return the consumer by which audit hears all of a stream."""
    return Consumer(f"audit-{stream.lower()}", stream, (">",), Service.AUDIT, 10.0, 5_000)


AUDITED: Final = (
    Stream.ALERTS, Stream.REPORTS, Stream.OUTCOMES, Stream.DEAD, Stream.ADVISORIES,
)  # fmt: skip


def consumers(channels: Sequence[str]) -> tuple[Consumer, ...]:
    """Return every consumer of the bus, for these channels."""
    return tuple(_consumers(channels))


def _consumers(channels: Iterable[str]) -> Iterator[Consumer]:
    """Yield the consumers, service by service."""
    yield from (TRIAGE_ACCEPTED, INTAKE_VERDICTS, INTAKE_PLANS, NOTIFICATION_ENDED)
    yield from (planning(priority) for priority in Priority)
    yield from (delivering(channel, lane) for channel in channels for lane in Priority)
    yield from (auditing(stream) for stream in AUDITED)


def _hears(stream: StreamSpec, subject: str) -> bool:
    """Whether a subject is one of a stream's, or under one that ends in a wildcard."""
    return any(
        subject == each or (each.endswith(">") and subject.startswith(each[:-1]))
        for each in stream.subjects
    )


def _patience(priority: Priority) -> float:
    """Return how long a lane waits for a sign of life: 6 s on immediate, 30 s elsewhere."""
    return 6.0 if priority is Priority.IMMEDIATE else 30.0
