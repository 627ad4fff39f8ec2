"""A key speaks as its senders, follows up its own, and reads its own."""

import pytest

from common.cap.codes import Status
from intake.keys import Key, May
from intake.permission import Referenced, may_publish, may_read, may_submit
from testkit.builders import SENDER, alert
from testkit.clock import NOON


def key(*may: May, senders: tuple[str, ...] = (SENDER,)) -> Key:
    return Key("key_1", "harbor", "0" * 64, frozenset(senders), frozenset(may), 60, False, NOON)


PUBLISHER = key(May.PUBLISH)
EXERCISER = key(May.EXERCISE)


@pytest.mark.parametrize("status", list(Status))
def test_a_publisher_publishes_whatever_the_status(status: Status) -> None:
    assert may_publish(PUBLISHER, alert(status=status), ()) is None


@pytest.mark.parametrize("status", [Status.ACTUAL, Status.SYSTEM, Status.DRAFT])
def test_whoever_may_only_exercise_publishes_nothing_real(status: Status) -> None:
    refusal = may_publish(EXERCISER, alert(status=status), ())
    assert refusal is not None
    assert refusal.problem.reason == "only-exercises"
    assert refusal.problem.breaches[0].field == "status"


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_whoever_may_only_exercise_exercises(status: Status) -> None:
    assert may_publish(EXERCISER, alert(status=status), ()) is None


def test_nobody_speaks_for_a_sender_that_is_not_theirs() -> None:
    refusal = may_publish(key(May.PUBLISH, senders=("town@hall.example",)), alert(), ())
    assert refusal is not None
    assert (refusal.problem.status, refusal.problem.reason) == (403, "not-your-sender")


def test_nobody_follows_up_the_alert_of_somebody_else() -> None:
    referenced = [Referenced(SENDER, "own"), Referenced("stranger@example", "theirs")]
    refusal = may_publish(PUBLISHER, alert(), referenced)
    assert refusal is not None
    assert refusal.problem.reason == "not-your-alert"


def test_an_exercise_does_not_follow_up_an_actual_alert() -> None:
    drill = alert(status=Status.EXERCISE)
    refusal = may_publish(EXERCISER, drill, [Referenced(SENDER, "wave", Status.ACTUAL)])
    assert refusal is not None
    assert refusal.problem.breaches[0].field == "references"


def test_an_exercise_follows_up_an_exercise() -> None:
    drill = alert(status=Status.EXERCISE)
    assert may_publish(EXERCISER, drill, [Referenced(SENDER, "wave", Status.EXERCISE)]) is None


def test_a_key_reads_its_own_unless_it_may_read_all() -> None:
    assert may_read(PUBLISHER, SENDER, "key_2")
    assert may_read(PUBLISHER, "stranger@example", "key_1")
    assert not may_read(PUBLISHER, "stranger@example", "key_2")
    assert may_read(key(May.READ_ALL), "stranger@example", "key_2")


def test_a_key_that_only_reads_does_not_submit() -> None:
    assert may_submit(key(May.READ_ALL, May.APPROVE)) is not None
    assert may_submit(EXERCISER) is None
