"""Work is as old as the look at which its place in the stream was first seen."""

from common.messaging.ages import LOOKS, Ages


def test_what_waits_is_as_old_as_the_look_that_first_saw_it() -> None:
    ages = Ages()
    ages.note(10, now=0.0)
    ages.note(20, now=5.0)
    ages.note(20, now=10.0)
    ages.note(30, now=15.0)
    assert ages.beyond(0, now=20.0) == 20.0
    assert ages.beyond(10, now=20.0) == 15.0
    assert ages.beyond(19, now=20.0) == 15.0
    assert ages.beyond(20, now=20.0) == 5.0


def test_what_came_after_the_last_look_has_no_age_yet() -> None:
    ages = Ages()
    assert ages.beyond(0, now=9.0) == 0.0
    ages.note(10, now=0.0)
    assert ages.beyond(10, now=9.0) == 0.0


def test_a_stream_that_gives_numbers_out_again_is_remembered_anew() -> None:
    ages = Ages()
    ages.note(100, now=0.0)
    ages.note(50, now=100.0)
    assert ages.beyond(10, now=110.0) == 10.0


def test_the_memory_does_not_grow_for_ever() -> None:
    ages = Ages()
    for number in range(LOOKS + 100):
        ages.note(number + 1, now=float(number))
    assert ages.beyond(0, now=float(LOOKS + 100)) == LOOKS
