"""Who may say and hear what: a NATS user per service, generated from the table of the bus."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from common import subjects
from common.messaging.topology import (
    BUCKET_OWNER,
    MAX_PAYLOAD_BYTES,
    QUESTIONS,
    STREAMS,
    Consumer,
    consumers,
)
from common.subjects import Bucket, Priority, Service, Stream

OPERATOR: Final = "operator"
USERS: Final = (*Service, OPERATOR)

SAID: Final = {
    Service.INTAKE: (subjects.ALERT_ACCEPTED, subjects.REPORT_ACCEPTED),
    Service.TRIAGE: (
        subjects.ALERT_HELD,
        subjects.ALERT_APPROVED,
        subjects.ALERT_REJECTED,
        subjects.ALERT_SUPPRESSED,
        *(subjects.released(priority) for priority in Priority),
        subjects.ALERT_ENDED,
        subjects.REPORT_CORRELATED,
    ),
    Service.NOTIFICATION: (subjects.NOTIFICATION_PLANNED,),
    Service.AUDIT: (subjects.AUDIT_CHECKPOINTED,),
}
READ_BACK: Final = {
    Service.INTAKE: (Stream.ALERTS, Stream.REPORTS),
    Service.NOTIFICATION: (),
    Service.TRIAGE: (),
    Service.AUDIT: (Stream.CHECKPOINTS,),
}


@dataclass(frozen=True, slots=True)
class Permissions:
    """What one NATS user may publish and subscribe to; everything else is refused."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def permissions(channels: Sequence[str]) -> dict[str, Permissions]:
    """Return the permissions of every user, for these channels."""
    of_services = {
        str(service): Permissions(
            publish=tuple(_publishes(service, channels)),
            subscribe=tuple(_hears(service)),
        )
        for service in Service
    }
    return {**of_services, OPERATOR: _operator()}


def accounts_file(channels: Sequence[str], passwords: Mapping[str, str]) -> str:
    """Return the part of a nats-server configuration that holds the account and its users.

    `passwords` has one for each of `USERS`: plain, or a bcrypt hash. JSON is valid configuration.
    """
    users = [
        {
            "user": user,
            "password": passwords[user],
            "permissions": {
                "publish": _list(allowed.publish),
                "subscribe": _list(allowed.subscribe),
                "allow_responses": {"max": 1, "ttl": "1m"},
            },
        }
        for user, allowed in permissions(channels).items()
    ]
    account = {"jetstream": "enabled", "users": users}
    return (
        f"max_payload: {MAX_PAYLOAD_BYTES}\n"
        "feature_flags: {js_ack_fc_v2: false}\n"
        f"accounts: {{\n  COMMUNITY: {json.dumps(account, indent=2)}\n}}\n"
    )


def _list(allowed: tuple[str, ...]) -> dict[str, list[str]]:
    """Return an allow list; an empty one would allow everything, so it becomes a denial of all."""
    return {"allow": list(allowed)} if allowed else {"deny": [">"]}


def _publishes(service: Service, channels: Sequence[str]) -> Iterator[str]:
    """Yield the subjects that a service may publish on."""
    yield from SAID[service]
    if service is Service.NOTIFICATION:
        yield from (subjects.requested(name, lane) for name in channels for lane in Priority)
        yield from (subjects.settled(name) for name in channels)
        yield from (f"{subjects.NOTIFICATION_REPLIED}.{name}" for name in channels)
    yield subjects.dead(service)
    yield from (each.subject for each in QUESTIONS if service in each.asked_by)
    own = [each for each in consumers(channels) if each.service is service]
    for stream in dict.fromkeys([*(each.stream for each in own), *READ_BACK[service]]):
        yield f"$JS.API.STREAM.INFO.{stream}"
    for consumer in own:
        yield from _pulls(consumer)
    for consumer in consumers(channels):
        if service in consumer.watched_by:
            yield _looks_at(consumer)
    for stream in READ_BACK[service]:
        yield f"$JS.API.STREAM.MSG.GET.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}"
    if service is BUCKET_OWNER:
        yield from _owns_buckets()


def _pulls(consumer: Consumer) -> Iterator[str]:
    """Yield what it takes to look at a consumer, to pull from it, and to ack what it gave."""
    name = f"{consumer.stream}.{consumer.name}"
    yield _looks_at(consumer)
    yield f"$JS.API.CONSUMER.MSG.NEXT.{name}"
    yield f"$JS.ACK.{name}.>"


def _looks_at(consumer: Consumer) -> str:
    """Return what it takes to look at a consumer."""
    return f"$JS.API.CONSUMER.INFO.{consumer.stream}.{consumer.name}"


def _owns_buckets() -> Iterator[str]:
    """Yield what it takes to read, write and watch the buckets."""
    for bucket in Bucket:
        stream = f"KV_{bucket}"
        yield f"$KV.{bucket}.>"
        yield f"$JS.API.STREAM.INFO.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}.>"
        yield f"$JS.API.STREAM.MSG.GET.{stream}"
        yield f"$JS.API.CONSUMER.CREATE.{stream}"
        yield f"$JS.API.CONSUMER.CREATE.{stream}.>"
        yield f"$JS.API.CONSUMER.INFO.{stream}.>"
        yield f"$JS.API.CONSUMER.DELETE.{stream}.>"
        yield f"$JS.FC.{stream}.>"


def _hears(service: Service) -> Iterator[str]:
    """Yield the subjects that a service may subscribe to: its inbox, and what it answers."""
    yield f"_INBOX_{service}.>"
    yield from (each.subject for each in QUESTIONS if each.answered_by is service)


def _operator() -> Permissions:
    """Return what the operator may: the JetStream API and the questions, but no event."""
    asks = tuple(each.subject for each in QUESTIONS if each.operator_asks)
    replays = tuple(
        subject
        for stream in STREAMS
        if stream.name is Stream.NOTIFICATIONS
        for subject in stream.subjects
    )
    return Permissions(publish=("$JS.API.>", *asks, *replays), subscribe=(f"_INBOX_{OPERATOR}.>",))
