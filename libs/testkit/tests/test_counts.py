from datetime import UTC, datetime
from pathlib import Path

from sandbox.witness import Received
from testkit.counts import Conditions, Counted, Counts, moments_told
from testkit.counts_page import HEADINGS, aligned, page, sums, told, write
from testkit.reckoning import Reckoning

ABOUT = Conditions("flood", "the cellar is full of water", "2 cores.")


def counted(lane: str = "routine", **changed: object) -> Counted:
    reckoning = {"planned": 3, "outcomes": {"delivered": 2, "accepted": 1}, **changed}
    return Counted.of((lane, "sms"), Reckoning(**reckoning), (1.04, 2.0, 3.0), ["triage"])  # type: ignore[arg-type]


def received(second: int) -> Received:
    at = datetime(2026, 11, 30, 12, 0, second, tzinfo=UTC)
    return Received(at=at.isoformat(), channel="sms", id=str(second), address="+6281")


def test_the_longest_silence_counts_from_a_moment_over_all_channels() -> None:
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
    messages = {"sms": [received(1), received(9)], "email": [received(4)], "push": []}
    assert moments_told(messages, noon) == (5.0, 9.0)
    assert moments_told(messages, noon + 5) == (4.0, 4.0)
    assert moments_told(messages, noon + 10) == (0.0, 0.0)


def test_who_is_lost_or_told_twice_without_a_flag_makes_it_wrong() -> None:
    assert counted().right
    assert counted(twice=["sms/a"], flagged=1).right
    assert not counted(without_outcome=["sms/a"]).right
    assert not counted(settled_but_not_received=["sms/a"]).right
    assert not counted(twice=["sms/a"], twice_and_not_flagged=["sms/a"]).right
    assert not counted(planned=0).right


def test_who_is_told_twice_in_spite_of_our_reference_makes_it_wrong() -> None:
    told_twice = counted(twice=["webhook/a"], flagged=1, dropped=1)
    assert told_twice.right
    assert (told_twice.dropped, told_twice.after_dedupe) == (1, 0)
    assert not counted(twice=["webhook/a"], flagged=1, twice_after_dedupe=["webhook/a"]).right


def test_one_time_is_told_in_a_line() -> None:
    assert told("flood", counted(without_outcome=["sms/a"])) == (
        "WRONG flood; routine; sms; planned 3; lost 1; twice 0; not flagged 0; flagged 0;"
        " dropped 0; after dedupe 0; silent s 1.0; last told s 2.0; settled s 3.0; triage;"
        " accepted 1, delivered 2"
    )


def test_sums_are_of_each_lane() -> None:
    times = [counted("immediate"), counted(without_outcome=["sms/a"]), counted()]
    immediate, routine = sums([Counts(ABOUT, times)])
    assert immediate[:5] == ("flood", "immediate", "1", "3", "0")
    assert routine[:5] == ("flood", "routine", "2", "6", "1")
    assert len(routine) == len(HEADINGS)
    assert routine[-1] == "2"


def test_what_was_counted_before_there_were_sinks_that_drop_repeats_is_read(
    tmp_path: Path,
) -> None:
    Counts(ABOUT, [counted()]).write(tmp_path)
    file = tmp_path / "flood.jsonl"
    file.write_text(file.read_text().replace(',"dropped":0,"after_dedupe":0', ""))
    assert "dedupe" not in file.read_text()
    assert Counts.read(file).times == [counted()]


def test_the_page_shows_how_many_repeats_were_dropped() -> None:
    times = [counted(dropped=50), counted(dropped=7, twice_after_dedupe=["webhook/a"])]
    (row,) = sums([Counts(ABOUT, times)])
    shown = dict(zip(HEADINGS, row, strict=True))
    assert (shown["dropped"], shown["after dedupe"]) == ("57", "1")
    assert "`webhook-id`" in page([])


def test_what_is_counted_later_stands_beside_what_was_counted_before(tmp_path: Path) -> None:
    fire = Conditions("fire", "the roof burns", "2 cores.")
    flood, again = Counts(ABOUT, [counted()]), Counts(ABOUT, [counted("immediate")] * 2)
    for counts in (flood, Counts(fire, [counted()]), again):
        write(tmp_path, counts)
    assert Counts.read(tmp_path / "flood.jsonl") == again
    both = page([Counts(fire, [counted()]), again])
    assert (tmp_path / "README.md").read_text().rstrip() == both
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "README.md",
        "fire.jsonl",
        "flood.jsonl",
    ]


def test_a_table_for_a_terminal_stands_in_columns() -> None:
    assert aligned([("what", "s"), ("fire", "10")]) == "what   s\nfire  10"
