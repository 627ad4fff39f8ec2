"""The one provisioner: it makes what is missing, keeps what the operator set, and can grow."""

from collections.abc import Sequence
from dataclasses import replace

from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import NotFoundError

from common.messaging.failures import BusDiffers
from common.messaging.requirements import consumer_differences, differences
from common.messaging.rewinding import rewind_all
from common.messaging.topology import BUCKETS, STREAMS, Consumer, StreamSpec, consumers
from common.messaging.wanted import bucket_config, consumer_config, stream_config
from common.subjects import Bucket, Stream


async def apply(
    jetstream: JetStreamContext, channels: Sequence[str], replicas: int = 1
) -> tuple[str, ...]:
    """Make the bus as the table says, and return a sentence for each thing that was done.

    `max_bytes`, `max_age` and replicas of what exists are the operator's and stay. A consumer of a
    stream that lost its end is set back. What cannot be changed in place is not touched:
    `BusDiffers` says what it is.
    """
    done: list[str] = []
    for spec in STREAMS:
        done += await _apply_stream(jetstream, spec, replicas)
    for bucket in Bucket:
        done += await _apply_bucket(jetstream, bucket, replicas)
    for consumer in consumers(channels):
        done += await _apply_consumer(jetstream, consumer)
    done += await rewind_all(jetstream, consumers(channels))
    remaining = await check(jetstream, channels)
    if remaining:
        raise BusDiffers(remaining)
    return tuple(done)


async def check(jetstream: JetStreamContext, channels: Sequence[str]) -> tuple[str, ...]:
    """Return what is missing or differs, one sentence each, over the whole table."""
    return await differences(jetstream, consumers(channels), Bucket)


async def grow(jetstream: JetStreamContext, stream: Stream, max_bytes: int) -> str:
    """Raise the limit of a stream; a smaller one than today's is a `ValueError`."""
    there = (await jetstream.stream_info(stream)).config
    if there.max_bytes is not None and max_bytes <= there.max_bytes:
        raise ValueError(f"{stream} may already hold {there.max_bytes} bytes; give more")
    await jetstream.update_stream(replace(there, max_bytes=max_bytes))
    return f"stream {stream} may now hold {max_bytes} bytes"


async def _apply_stream(jetstream: JetStreamContext, spec: StreamSpec, replicas: int) -> list[str]:
    """Make a stream, or bring the fields that are ours up to date."""
    wanted = stream_config(spec, replicas)
    try:
        there = (await jetstream.stream_info(spec.name)).config
    except NotFoundError:
        await jetstream.add_stream(wanted)
        return [f"made stream {spec.name}"]
    merged = _with_operator_limits(wanted, there)
    if _ours(merged) == _ours(there):
        return []
    await jetstream.update_stream(merged)
    return [f"updated stream {spec.name}"]


def _with_operator_limits(wanted: StreamConfig, there: StreamConfig) -> StreamConfig:
    """Keep the limits that the operator may have changed, and what we know nothing of."""
    return replace(
        there,
        subjects=wanted.subjects,
        duplicate_window=wanted.duplicate_window,
        deny_delete=wanted.deny_delete or there.deny_delete,
        deny_purge=wanted.deny_purge or there.deny_purge,
        allow_direct=wanted.allow_direct,
        max_msg_size=wanted.max_msg_size,
    )


def _ours(config: StreamConfig) -> tuple[object, ...]:
    """Return the fields of a stream that can be changed in place and are ours."""
    return (
        config.subjects,
        config.duplicate_window,
        bool(config.deny_delete),
        bool(config.deny_purge),
        config.allow_direct,
        config.max_msg_size,
    )


async def _apply_bucket(jetstream: JetStreamContext, bucket: Bucket, replicas: int) -> list[str]:
    """Make a bucket."""
    try:
        await jetstream.stream_info(f"KV_{bucket}")
    except NotFoundError:
        await jetstream.create_key_value(bucket_config(bucket, replicas))
        return [f"made bucket {bucket} of {BUCKETS[bucket]} bytes"]
    return []


async def _apply_consumer(jetstream: JetStreamContext, consumer: Consumer) -> list[str]:
    """Make a consumer, or bring it up to date where the server allows it."""
    try:
        info = await jetstream.consumer_info(consumer.stream, consumer.name)
    except NotFoundError:
        await jetstream.add_consumer(consumer.stream, consumer_config(consumer))
        return [f"made consumer {consumer.name}"]
    if not list(consumer_differences(consumer, info)):
        return []
    await jetstream.add_consumer(consumer.stream, consumer_config(consumer))
    return [f"updated consumer {consumer.name}"]
