from hypothesis import given
from hypothesis import strategies as st

from common.cap import Alert, write_xml
from notification.feeds.entry import Entry, entry_of
from notification.feeds.standing import standing
from testkit.builders import alert, follow_up

FIRST = alert()
OTHER = alert(identifier="fire-1")


def stands(*alerts: Alert) -> set[str]:
    entries = [entry_of(write_xml(each)) for each in alerts]
    return {each.alert.identifier for each in standing(entries)}


def test_what_nothing_follows_stands() -> None:
    assert stands(FIRST, OTHER) == {"wave-1", "fire-1"}
    assert stands() == set()


def test_an_update_takes_the_place_of_what_it_follows() -> None:
    assert stands(FIRST, OTHER, follow_up("Update", FIRST)) == {"update-5", "fire-1"}


def test_a_cancel_ends_what_it_follows_and_does_not_stand_itself() -> None:
    assert stands(FIRST, OTHER, follow_up("Cancel", FIRST)) == {"fire-1"}


def test_a_cancel_of_the_first_ends_its_updates_too() -> None:
    update = follow_up("Update", FIRST, minutes=5)
    assert stands(FIRST, update, follow_up("Cancel", FIRST, minutes=6)) == set()


def test_a_cancel_that_came_before_an_update_was_sent_leaves_the_update() -> None:
    late = follow_up("Update", FIRST, minutes=9)
    assert stands(follow_up("Cancel", FIRST, minutes=6), late, FIRST) == {"update-9"}


def test_an_update_without_infos_leaves_standing_what_was_said() -> None:
    again = follow_up("Update", FIRST, infos=())
    assert stands(FIRST, again) == {"wave-1"}
    assert stands(follow_up("Cancel", FIRST, minutes=2), FIRST, again) == set()
    assert stands(again) == set()


def test_a_chain_holds_where_a_link_of_it_is_not_in_the_feed() -> None:
    update = follow_up("Update", FIRST, minutes=5)
    assert stands(update, follow_up("Update", FIRST, minutes=7)) == {"update-7"}


def test_of_two_sent_at_once_the_one_that_follows_is_the_newer() -> None:
    assert stands(FIRST, follow_up("Cancel", FIRST, minutes=0)) == set()


def test_one_that_follows_two_ends_both() -> None:
    assert stands(FIRST, OTHER, follow_up("Update", FIRST, OTHER)) == {"update-5"}


def test_an_ack_ends_nothing_and_is_nothing() -> None:
    assert stands(FIRST, follow_up("Ack", FIRST)) == {"wave-1"}


def chained(length: int) -> list[Entry]:
    chain = [FIRST]
    for number in range(1, length):
        chain.append(follow_up("Update", chain[-1], identifier=f"u{number}", minutes=1))
    return [entry_of(write_xml(each)) for each in chain]


CHAIN = chained(20)


@given(st.permutations(CHAIN))
def test_a_long_chain_has_one_end_in_whatever_order_it_is_read(entries: list[Entry]) -> None:
    assert standing(entries) == (CHAIN[-1],)
