"""The table of the bus in the server's own words."""

from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from common.messaging.topology import (
    BUCKET_KEEP_DAYS,
    BUCKETS,
    DAY_SECONDS,
    MAX_PAYLOAD_BYTES,
    Consumer,
    StreamSpec,
)
from common.subjects import Bucket

DUPLICATE_WINDOW_SECONDS = 120.0


def stream_config(spec: StreamSpec, replicas: int) -> StreamConfig:
    """Return the configuration of a stream: it refuses what is new rather than drop what is old."""
    return StreamConfig(
        name=spec.name,
        subjects=list(spec.subjects),
        retention=RetentionPolicy.WORK_QUEUE if spec.work_queue else RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
        max_bytes=spec.max_bytes,
        max_age=spec.keep_days * DAY_SECONDS,
        max_msg_size=MAX_PAYLOAD_BYTES,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        num_replicas=replicas,
        deny_delete=spec.undeletable,
        deny_purge=spec.undeletable,
        allow_direct=True,
    )


def consumer_config(consumer: Consumer) -> ConsumerConfig:
    """Return the configuration of a durable: explicit acks, and no end of deliveries."""
    several = len(consumer.subjects) > 1
    return ConsumerConfig(
        name=consumer.name,
        durable_name=consumer.name,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=consumer.ack_wait_seconds,
        max_deliver=-1,
        max_ack_pending=consumer.max_ack_pending,
        filter_subject=None if several else consumer.subjects[0],
        filter_subjects=list(consumer.subjects) if several else None,
    )


def bucket_config(bucket: Bucket, replicas: int) -> KeyValueConfig:
    """Return the configuration of a bucket: the last value only, gone after its days.

    It is read from the leader alone: a follower may not know yet that an alert is stopped.
    """
    return KeyValueConfig(
        bucket=bucket,
        history=1,
        ttl=BUCKET_KEEP_DAYS * DAY_SECONDS,
        max_bytes=BUCKETS[bucket],
        storage=StorageType.FILE,
        replicas=replicas,
        direct=False,
    )
