"""What every ledger promises, in memory, in SQLite and in PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Protocol

Facts = Callable[[str, str, int], Any]


class Appended(Protocol):
    """What an append did."""

    recorded: int
    repeated: int
    conflicts: int
    size: int


class Row(Protocol):
    """An entry and its leaf under a number."""

    number: int
    entry: Any
    leaf: bytes | None


class Ledger(Protocol):
    """A ledger with its trail, as far as the promises go."""

    async def append(self, heard: Sequence[Any]) -> Appended:
        """Record facts."""
        ...

    def of_alert(self, alert_id: str) -> AsyncIterator[Sequence[Any]]:
        """Yield the facts of an alert."""
        ...

    def rows(self, first: int, behind: int) -> AsyncIterator[Sequence[Row]]:
        """Yield what is stored."""
        ...

    def leaves(self, first: int, behind: int) -> AsyncIterator[Sequence[bytes]]:
        """Yield the stored hashes."""
        ...

    async def head(self) -> Any:
        """Return the tree."""
        ...

    async def extent(self) -> int:
        """Return how far the store reaches."""
        ...

    async def positions(self) -> dict[str, int]:
        """Return how far each stream was heard."""
        ...


class LedgerContract:
    """Promises of a ledger; a subclass gives the fixtures `ledger` and `fact`.

    `fact(event_id, said, sequence)` makes an entry of alert `flood` on stream `ALERTS`.
    """

    async def test_an_empty_ledger_reaches_nowhere(self, ledger: Ledger) -> None:
        """Nothing was said, nothing is there."""
        assert (await ledger.extent(), (await ledger.head()).size) == (0, 0)
        assert [run async for run in ledger.of_alert("flood")] == []

    async def test_facts_are_numbered_in_the_order_they_came(
        self, ledger: Ledger, fact: Facts
    ) -> None:
        """The first is 0, and a second batch goes on where the first ended."""
        facts = [fact(f"event-{n}", "rising", n + 1) for n in range(5)]
        await ledger.append(facts[:2])
        appended = await ledger.append(facts[2:])
        assert (appended.recorded, appended.size) == (3, 5)
        found = [numbered async for run in ledger.of_alert("flood") for numbered in run]
        assert [(each.number, each.entry) for each in found] == list(enumerate(facts))

    async def test_the_head_is_the_tree_of_the_leaves(self, ledger: Ledger, fact: Facts) -> None:
        """Each row has the hash of its entry, and the head has them all."""
        await ledger.append([fact(f"event-{n}", "rising", n + 1) for n in range(7)])
        rows = [row async for run in ledger.rows(0, 7) for row in run]
        leaves = [leaf async for run in ledger.leaves(0, 7) for leaf in run]
        head = await ledger.head()
        assert leaves == [row.entry.leaf() for row in rows] == [row.leaf for row in rows]
        assert head == type(head)().grown(leaves)

    async def test_the_same_fact_twice_is_one_entry(self, ledger: Ledger, fact: Facts) -> None:
        """A redelivery, in the same batch or a later one, moves the position only."""
        await ledger.append([fact("event", "rising", 1), fact("event", "rising", 2)])
        appended = await ledger.append([fact("event", "rising", 9)])
        assert (appended.recorded, appended.repeated, appended.size) == (0, 1, 1)
        assert await ledger.positions() == {"ALERTS": 9}

    async def test_a_contradiction_is_recorded_once(self, ledger: Ledger, fact: Facts) -> None:
        """An event id that says something else stays visible, however often it is said."""
        await ledger.append([fact("event", "rising", 1)])
        first = await ledger.append([fact("event", "falling", 2)])
        again = await ledger.append([fact("event", "falling", 3), fact("event", "rising", 4)])
        assert (first.recorded, first.conflicts) == (1, 1)
        assert (again.recorded, again.repeated, again.size) == (0, 2, 2)
        found = [numbered async for run in ledger.of_alert("flood") for numbered in run]
        assert [each.entry.conflict for each in found] == [False, True]

    async def test_positions_never_move_back(self, ledger: Ledger, fact: Facts) -> None:
        """A late redelivery does not undo what was heard since."""
        await ledger.append([fact("late", "rising", 8)])
        await ledger.append([fact("early", "rising", 3)])
        assert await ledger.positions() == {"ALERTS": 8}

    async def test_an_empty_batch_changes_nothing(self, ledger: Ledger) -> None:
        """Nothing in, nothing done."""
        appended = await ledger.append([])
        assert (appended.recorded, appended.size) == (0, 0)

    async def test_rows_that_are_not_there_are_shown_as_absent(
        self, ledger: Ledger, fact: Facts
    ) -> None:
        """A verifier sees a gap, not the end."""
        await ledger.append([fact("event", "rising", 1)])
        rows = [row async for run in ledger.rows(0, 3) for row in run]
        assert [row.entry is None for row in rows] == [False, True, True]
        assert [row.number for row in rows] == [0, 1, 2]
