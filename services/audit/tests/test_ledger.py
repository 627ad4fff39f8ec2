"""A fact enters once, each contradiction of it once, and nothing is told twice as new."""

from hypothesis import given
from hypothesis import strategies as st

from audit.entry import Entry
from audit.ledger import Appended, grown, positions_of, sift
from audit.merkle import Tree
from testkit.contracts.ledger import Facts

sayings = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=20)


def entries(said: list[tuple[str, str]]) -> list[Entry]:
    return [
        Entry(event, "type", "subject", "", 0, "", "", "ALERTS", n, 0, body)
        for n, (event, body) in enumerate(said)
    ]


@given(sayings)
def test_each_different_saying_enters_exactly_once(said: list[tuple[str, str]]) -> None:
    sifted = sift({}, entries(said))
    assert [(entry.event_id, entry.body) for entry in sifted.new] == list(dict.fromkeys(said))
    assert sifted.repeated == len(said) - len(sifted.new)
    assert sum(not entry.conflict for entry in sifted.new) == len({event for event, _ in said})


@given(sayings, st.integers(0, 20))
def test_two_batches_enter_as_one_would(said: list[tuple[str, str]], split: int) -> None:
    whole = sift({}, entries(said))
    first = sift({}, entries(said)[:split])
    known: dict[str, set[tuple[str, str, str]]] = {}
    for entry in first.new:
        known.setdefault(entry.event_id, set()).add(entry.says)
    second = sift(known, entries(said)[split:])
    assert first.new + second.new == whole.new


def test_a_repeat_with_another_time_is_the_same_saying(fact: Facts) -> None:
    first, repeat = fact("event", "rising", 1), fact("event", "rising", 2)
    assert sift({"event": {first.says}}, [repeat]).new == ()


def test_the_position_is_the_highest_that_was_heard(fact: Facts) -> None:
    assert positions_of([fact("a", "x", 5), fact("b", "x", 9), fact("c", "x", 7)]) == {"ALERTS": 9}
    assert positions_of([]) == {}


def test_a_tree_grows_by_the_leaves_of_what_is_new(fact: Facts) -> None:
    tree, leaves = grown(Tree(), [fact("a", "x", 1), fact("b", "x", 2)])
    assert tree == Tree().grown(leaves)
    assert Appended.of(sift({}, [fact("a", "x", 1)]), 1) == Appended(1, 0, 0, 1)
