"""A follow-up comes after what it follows, and an end reaches only those who were sent it."""

from collections.abc import Callable

import pytest

from notification.chain import Standing, standing_of, turn
from notification.ports import Recipient

Makes = Callable[..., tuple[Recipient, ...]]
STANDINGS = (Standing.SENT, Standing.UNSENT, Standing.WITH_THE_PROVIDER)


def names(recipients: tuple[Recipient, ...]) -> list[str]:
    return [each.id for each in recipients]


@pytest.mark.parametrize(
    ("only_if_sent", "patience_over", "go", "passed_over", "waiting"),
    [
        (True, False, ["sms-0"], ["sms-1"], ["sms-2"]),
        (False, False, ["sms-0", "sms-1"], [], ["sms-2"]),
        (True, True, ["sms-0", "sms-2"], ["sms-1"], []),
        (False, True, ["sms-0", "sms-1", "sms-2"], [], []),
    ],
)
def test_each_recipient_has_one_turn(
    make_people: Makes,
    *,
    only_if_sent: bool,
    patience_over: bool,
    go: list[str],
    passed_over: list[str],
    waiting: list[str],
) -> None:
    people = make_people(3)
    stands = dict(zip(people, STANDINGS, strict=True))
    turns = turn(people, stands.__getitem__, only_if_sent=only_if_sent, patience_over=patience_over)
    assert names(turns.go) == go
    assert names(turns.passed_over) == passed_over
    assert names(turns.waiting) == waiting


def test_who_is_with_the_provider_is_so_whatever_was_sent_before(make_people: Makes) -> None:
    (anna,) = make_people(1)
    assert standing_of(anna, {}, frozenset({anna.id})) is Standing.WITH_THE_PROVIDER
    assert standing_of(anna, {anna.id: True}, frozenset({anna.id})) is Standing.WITH_THE_PROVIDER


def test_who_has_no_outcome_was_not_sent_anything(make_people: Makes) -> None:
    anna, budi, citra = make_people(3)
    sent = {anna.id: True, budi.id: False}
    assert standing_of(anna, sent, frozenset()) is Standing.SENT
    assert standing_of(budi, sent, frozenset()) is Standing.UNSENT
    assert standing_of(citra, sent, frozenset()) is Standing.UNSENT
