"""Each subject lies in one stream, and each consumer hears subjects of its own stream."""

import pytest

from common import subjects
from common.messaging.topology import STREAMS, consumers, stream_of
from common.subjects import Priority, Service, Stream


@pytest.mark.parametrize(
    ("subject", "stream"),
    [
        (subjects.ALERT_ACCEPTED, Stream.ALERTS),
        (subjects.released(Priority.IMMEDIATE), Stream.ALERTS),
        (subjects.REPORT_ACCEPTED, Stream.REPORTS),
        (subjects.requested("sms", Priority.ROUTINE), Stream.NOTIFICATIONS),
        (subjects.NOTIFICATION_PLANNED, Stream.OUTCOMES),
        (subjects.settled("push"), Stream.OUTCOMES),
        (subjects.dead(Service.TRIAGE), Stream.DEAD),
        (subjects.AUDIT_CHECKPOINTED, Stream.CHECKPOINTS),
    ],
)
def test_a_subject_is_heard_by_one_stream(subject: str, stream: Stream) -> None:
    assert stream_of(subject) == stream


def test_a_question_is_heard_by_no_stream() -> None:
    assert stream_of(subjects.TRIAGE_APPROVE) == ""


def test_a_consumer_hears_subjects_of_its_own_stream() -> None:
    heard = {
        (consumer.stream, stream_of(subject))
        for consumer in consumers(["sms", "email"])
        for subject in consumer.subjects
        if subject != ">"
    }
    assert all(own == hears for own, hears in heard)


def test_no_two_streams_and_no_two_consumers_have_one_name() -> None:
    names = [each.name for each in consumers(["sms", "email"])]
    assert len(set(names)) == len(names)
    assert len({each.name for each in STREAMS}) == len(STREAMS)
