from dataclasses import dataclass

from notification.mail.half_open import half_open, silent

NOW = 100.0
SECONDS = 5.0


@dataclass(eq=False)
class Watched:
    waiting_since: float
    heard_at: float = 0.0
    opened_at: float = 50.0
    answered: bool = True
    is_owed: bool = True

    def __post_init__(self) -> None:
        self.heard_at = self.heard_at or self.waiting_since


def later(*, answered: bool = True) -> Watched:
    return Watched(99.9, opened_at=99.0, answered=answered)


def two_silent() -> list[Watched]:
    return [Watched(94.0), Watched(93.0)]


def test_a_connection_is_silent_while_it_owes_a_reply_and_says_nothing() -> None:
    owing, prompt, resting = Watched(95.0), Watched(95.1), Watched(10.0, is_owed=False)
    assert silent([owing, prompt, resting], 95.0) == [owing]


def test_those_that_are_silent_while_a_later_one_is_answered_are_half_open() -> None:
    both = two_silent()
    assert half_open([*both, later()], NOW, SECONDS) == both


def test_without_a_later_one_a_server_may_be_slow() -> None:
    assert half_open(two_silent(), NOW, SECONDS) == []


def test_a_later_one_that_only_said_hello_proves_nothing() -> None:
    assert half_open([*two_silent(), later(answered=False)], NOW, SECONDS) == []


def test_while_one_as_old_is_heard_the_way_is_open() -> None:
    heard = Watched(10.0, heard_at=99.0, is_owed=False)
    assert half_open([*two_silent(), heard, later()], NOW, SECONDS) == []


def test_the_last_replies_before_a_way_broke_prove_nothing() -> None:
    before, at_the_end = Watched(92.5), Watched(94.9)
    assert half_open([before, at_the_end, later()], NOW, SECONDS) == [before, at_the_end]


def test_one_that_is_silent_alone_has_twice_the_time() -> None:
    alone = Watched(94.0)
    assert half_open([alone, later()], NOW, SECONDS) == []
    assert half_open([alone, later()], NOW + 4.0, SECONDS) == [alone]
