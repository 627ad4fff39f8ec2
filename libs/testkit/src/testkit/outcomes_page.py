"""The page of the reasons for outcomes, made of the vocabulary itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from notification.reason import Reason, Remedy

FILE: Final = Path("docs") / "outcomes.md"
HEAD: Final = """\
# Reasons

On each channel a recipient comes to one outcome; [for dispatchers](dispatcher.md#did-it-arrive)
says what each of them means. Where a recipient was not reached, or is put aside to go again, a
reason stands beside it: in `kentongan alert outcomes ID`, in the ledger, and in the metric
`kentongan_outcome_reasons_total`. There are no others.

This page is made by `.venv/bin/python -m testkit.outcomes_page`.
"""
CHAPTERS: Final = {
    Remedy.OPERATOR: "An operator can do something about it",
    Remedy.RECIPIENT: "The recipient can do something about it, or whoever keeps the directory",
    Remedy.NOBODY: "Nobody needs to do anything, or can",
}


def described() -> str:
    """Return the page: each reason with its sentence, by who can do something about it."""
    return "\n".join([HEAD, *(line for each in CHAPTERS for line in _chapter(each))])


def main(root: Path) -> None:
    """Write the page."""
    (root / FILE).write_text(described())


def _chapter(remedy: Remedy) -> Iterator[str]:
    """Yield the lines of one table."""
    yield from (f"## {CHAPTERS[remedy]}", "", "| reason | in words |", "|---|---|")
    for reason in Reason:
        if reason.remedy is remedy:
            yield f"| `{reason}` | {reason.sentence} |"
    yield ""


if __name__ == "__main__":
    main(Path())
