from common.events.notification import Outcome
from notification.reason import Reason
from notification.shortmessage.parts import PartHeard, Parts


def delivered(message_id: str) -> PartHeard:
    return PartHeard(message_id, Outcome.DELIVERED, None)


def failed(message_id: str) -> PartHeard:
    return PartHeard(message_id, Outcome.FAILED, Reason.PHONE_UNREACHABLE)


def sent(parts: Parts, *message_ids: str) -> list[PartHeard]:
    return parts.end(parts.begin(), [message_ids])


def test_a_message_of_one_part_is_what_its_receipt_says() -> None:
    assert Parts().hear(delivered("m1")) == delivered("m1")


def test_a_long_message_is_delivered_when_its_last_part_is() -> None:
    parts = Parts()
    assert sent(parts, "m1", "m2", "m3") == []
    assert parts.hear(delivered("m3")) is None
    assert parts.hear(delivered("m1")) is None
    assert parts.hear(delivered("m2")) == delivered("m1")


def test_a_long_message_fails_with_its_first_failure_and_stays_failed() -> None:
    parts = Parts()
    sent(parts, "m1", "m2", "m3")
    assert parts.hear(delivered("m3")) is None
    assert parts.hear(failed("m2")) == failed("m1")
    assert parts.hear(delivered("m1")) is None


def test_receipts_that_come_before_the_ids_are_kept_until_these_are_known() -> None:
    parts = Parts()
    submission = parts.begin()
    assert parts.hear(delivered("m1")) is None
    assert parts.hear(delivered("m2")) is None
    assert parts.end(submission, [("m1", "m2")]) == [delivered("m1")]


def test_a_receipt_of_somebody_else_waits_no_longer_than_what_is_being_submitted() -> None:
    parts = Parts()
    first = parts.begin()
    assert parts.hear(delivered("stranger")) is None
    second = parts.begin()
    assert parts.end(first, [("m1", "m2")]) == [delivered("stranger")]
    assert parts.end(second, [("m3", "m4")]) == []


def test_what_was_not_taken_leaves_nothing_behind() -> None:
    parts = Parts()
    submission = parts.begin()
    parts.hear(failed("m1"))
    assert parts.end(submission, ()) == [failed("m1")]


def test_the_oldest_are_forgotten_when_there_are_too_many() -> None:
    parts = Parts(most_open=2)
    sent(parts, "m1", "m2")
    sent(parts, "m3", "m4")
    assert parts.hear(delivered("m2")) == delivered("m2")
    assert parts.hear(delivered("m4")) is None
