"""The page of raw counts: the sums of all that happened, and each time of each."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Final

from testkit.counts import SUFFIX, Counted, Counts

HEADINGS: Final = (
    "what", "lane", "times", "planned", "lost", "twice", "not flagged", "flagged",
    "dropped", "after dedupe", "silent s", "most s", "last told s", "settled s", "most s",
    "started again",
)  # fmt: skip
EACH: Final = (
    "lane", "channel or moment", "planned", "lost", "twice", "not flagged", "flagged", "dropped",
    "after dedupe", "silent s", "last told s", "settled s", "started again", "outcomes", "noted",
)  # fmt: skip
SUMMED: Final = (
    "planned", "lost", "twice", "not_flagged", "flagged", "dropped", "after_dedupe",
)  # fmt: skip
HEAD: Final = """\
# What faults and kills do to an alert

Written by `tests/chaos/*.py --write docs/chaos`, and by nobody's hand: the raw counts are beside
this page.

The sinks: the sandbox's SMSC (SMPP), mail server (SMTP) and push service (Web Push), the receivers
of webhooks, and a feed. Lost: planned and without an outcome, or settled as sent and not in the
sink's record, or settled as failed though the sink refused nothing. What a liar took is in no
record: who has no other copy must be settled as not heard of (`receipt_overdue`), and on
`immediate` nobody may be. Twice: more than once in the sink's record. Flagged: settled as a
possible duplicate.

Two sinks drop what they know by our reference: a receiver of webhooks by `webhook-id`, which is
derived from alert and recipient, and a feed by the id of the entry, which is that of the alert.
SMPP, SMTP and Web Push as the sandbox's service has it do not. Dropped: posts whose `webhook-id`
had come before; they count as twice, too. After dedupe: recipients with two of these names for one
alert, or a feed with two entries for it, of which there must be none.

Seconds count from the kill, from the end of a fault, or from its beginning where it lasts until all
are settled: the longest in which no sink was given anything while there was something to give,
until a sink was given the last message, and until all were settled (medians, and the longest)."""

Row = Sequence[str]


def told(what: str, counted: Counted) -> str:
    """Tell one time in a line."""
    words = zip(EACH, _row(counted), strict=True)
    said = (
        f"{heading} {word}" if word[:1].isdecimal() else word for heading, word in words if word
    )
    return f"{'right' if counted.right else 'WRONG'} {what}; {'; '.join(said)}"


def write(folder: Path, counts: Counts) -> None:
    """Write the raw counts of one thing into a folder, and the page of all that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    counts.write(folder)
    found = [Counts.read(each) for each in sorted(folder.glob(f"*{SUFFIX}"))]
    (folder / "README.md").write_text(f"{page(found)}\n")


def page(found: Sequence[Counts]) -> str:
    """Write the sums of all, and each time of each."""
    return "\n\n".join(
        (
            HEAD,
            table([HEADINGS, *sums(found)]),
            *(
                f"## {each.about.what}\n\n{each.about.says}. {each.about.conditions}\n\n"
                + table([EACH, *map(_row, each.times)])
                for each in found
            ),
        )
    )


def sums(found: Iterable[Counts]) -> Iterator[Row]:
    """Yield a row below `HEADINGS` for each thing in each lane."""
    for counts in found:
        by_lane = sorted(counts.times, key=lambda each: each.lane)
        for lane, same in groupby(by_lane, lambda each: each.lane):
            yield _sum(counts.about.what, lane, list(same))


def aligned(rows: Sequence[Row]) -> str:
    """Write a table for a terminal: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    )


def table(rows: Sequence[Row]) -> str:
    """Write a table of Markdown; the first row is its head."""
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join((head, "|---" * len(rows[0]) + "|", *body))


def _row(counted: Counted) -> Row:
    """Return one time as a row below `EACH`."""
    return (
        counted.lane,
        counted.where,
        *(str(getattr(counted, name)) for name in SUMMED),
        f"{counted.silent_seconds:.1f}",
        f"{counted.last_told_seconds:.1f}",
        f"{counted.settled_seconds:.1f}",
        ", ".join(counted.started_again) or "nobody",
        ", ".join(f"{outcome} {count}" for outcome, count in counted.outcomes.items()),
        ", ".join(counted.noted),
    )


def _sum(what: str, lane: str, same: Sequence[Counted]) -> Row:
    """Return the sums of one thing in one lane."""
    silent = [each.silent_seconds for each in same]
    settled = [each.settled_seconds for each in same]
    last = median(each.last_told_seconds for each in same)
    seconds = (median(silent), max(silent), last, median(settled), max(settled))
    return (
        what,
        lane,
        str(len(same)),
        *(str(sum(getattr(each, name) for each in same)) for name in SUMMED),
        *(f"{each:.1f}" for each in seconds),
        str(sum(len(each.started_again) for each in same)),
    )
