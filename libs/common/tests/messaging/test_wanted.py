"""In the server's own words: nothing old is dropped, nothing is given up by the server."""

from nats.js.api import AckPolicy, DiscardPolicy, RetentionPolicy

from common.messaging.topology import DAY_SECONDS, STREAMS, consumers
from common.messaging.wanted import bucket_config, consumer_config, stream_config
from common.subjects import Bucket, Stream

CONFIGS = {spec.name: stream_config(spec, replicas=3) for spec in STREAMS}


def test_a_full_stream_refuses_what_is_new() -> None:
    assert {config.discard for config in CONFIGS.values()} == {DiscardPolicy.NEW}
    assert all((config.max_bytes or 0) > 0 for config in CONFIGS.values())


def test_decisions_can_be_neither_deleted_nor_purged() -> None:
    for name in (Stream.ALERTS, Stream.OUTCOMES, Stream.CHECKPOINTS):
        assert (CONFIGS[name].deny_delete, CONFIGS[name].deny_purge) == (True, True)


def test_only_batches_are_gone_when_they_are_done() -> None:
    queues = {
        name for name, config in CONFIGS.items() if config.retention is RetentionPolicy.WORK_QUEUE
    }
    assert queues == {Stream.NOTIFICATIONS}


def test_a_cluster_keeps_copies_and_a_month_of_alerts() -> None:
    alerts = CONFIGS[Stream.ALERTS]
    assert (alerts.num_replicas, alerts.max_age) == (3, 30 * DAY_SECONDS)


def test_the_server_never_gives_a_message_up_by_itself() -> None:
    made = [consumer_config(each) for each in consumers(["sms", "email"])]
    assert {config.max_deliver for config in made} == {-1}
    assert {config.ack_policy for config in made} == {AckPolicy.EXPLICIT}
    assert {config.backoff for config in made} == {None}


def test_a_consumer_hears_one_subject_or_several_but_never_both_ways() -> None:
    for each in consumers(["sms"]):
        config = consumer_config(each)
        assert (config.filter_subject is None) != (config.filter_subjects is None)


def test_a_bucket_holds_the_last_value_only() -> None:
    assert {bucket_config(each, replicas=1).history for each in Bucket} == {1}
