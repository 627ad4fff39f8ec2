"""Words of the journal that others rely on."""

from intake.journal import ENDINGS, Closed, Ruling


def test_held_and_released_are_no_ends() -> None:
    assert {Ruling.REJECTED, Ruling.SUPPRESSED} == ENDINGS


def test_a_row_that_ended_its_life_on_the_way_says_so() -> None:
    assert str(Closed.EXPIRED) == "expired in the journal"
