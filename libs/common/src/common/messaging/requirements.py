"""What a service needs of the bus, compared with what is there: services create nothing."""

from collections.abc import Iterable, Iterator, Sequence

from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo, StreamInfo
from nats.js.errors import NotFoundError

from common.messaging.rewinding import stray
from common.messaging.topology import STREAMS, Consumer, StreamSpec
from common.messaging.wanted import consumer_config, stream_config
from common.subjects import Bucket


async def differences(
    jetstream: JetStreamContext, consumers: Sequence[Consumer], buckets: Iterable[Bucket]
) -> tuple[str, ...]:
    """Return one sentence for each thing that is missing or not as expected."""
    found: list[str] = []
    by_name = {stream.name: stream for stream in STREAMS}
    for name in dict.fromkeys(consumer.stream for consumer in consumers):
        found += await _of_stream(jetstream, by_name[name])
    for consumer in consumers:
        found += await _of_consumer(jetstream, consumer)
    for bucket in buckets:
        if await _info(jetstream, f"KV_{bucket}") is None:
            found.append(f"bucket {bucket} is missing")
    return tuple(found)


async def _of_stream(jetstream: JetStreamContext, spec: StreamSpec) -> list[str]:
    """Compare one stream in the fields that we set."""
    info = await _info(jetstream, spec.name)
    if info is None:
        return [f"stream {spec.name} is missing"]
    return list(stream_differences(spec, info))


def stream_differences(spec: StreamSpec, info: StreamInfo) -> Iterator[str]:
    """Yield what differs in a stream; limits and replicas are the operator's."""
    wanted, there = stream_config(spec, replicas=1), info.config
    for field in ("subjects", "retention", "discard", "storage", "deny_delete", "deny_purge"):
        expected, found = getattr(wanted, field), getattr(there, field)
        if (expected or False) != (found or False):
            yield f"stream {spec.name} has {field} {found!r}, expected {expected!r}"


async def _of_consumer(jetstream: JetStreamContext, consumer: Consumer) -> list[str]:
    """Compare one consumer in the fields that we set."""
    try:
        info = await jetstream.consumer_info(consumer.stream, consumer.name)
    except NotFoundError:
        return [f"consumer {consumer.name} is missing"]
    strayed = await stray(jetstream, consumer)
    return [*consumer_differences(consumer, info), *([strayed] if strayed else [])]


def consumer_differences(consumer: Consumer, info: ConsumerInfo) -> Iterator[str]:
    """Yield what differs in a consumer."""
    wanted, there = consumer_config(consumer), info.config
    filters = there.filter_subjects or ([there.filter_subject] if there.filter_subject else [])
    if sorted(filters) != sorted(consumer.subjects):
        yield f"consumer {consumer.name} hears {filters}, expected {list(consumer.subjects)}"
    for field in ("ack_policy", "ack_wait", "max_deliver", "max_ack_pending", "deliver_policy"):
        expected, found = getattr(wanted, field), getattr(there, field)
        if expected != found:
            yield f"consumer {consumer.name} has {field} {found!r}, expected {expected!r}"


async def _info(jetstream: JetStreamContext, name: str) -> StreamInfo | None:
    """Return what the server knows of a stream, or nothing where there is none."""
    try:
        return await jetstream.stream_info(name)
    except NotFoundError:
        return None
