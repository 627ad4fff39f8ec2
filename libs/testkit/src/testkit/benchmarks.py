"""Run benchmarks and write on one page what they print: `… testkit.benchmarks PAGE FILE…`."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from testkit.commit import commit

BAR_MISSED: Final = 4
CHAPTER: Final = "\n## "
HEAD: Final = """\
# Benchmarks

Written by `make benchmarks`, and by nobody's hand. Each figure stands beside something that others
wrote, measured in the same run; trust the ratios and not the figures. Everything goes over
loopback, to sinks on the same machine.
"""


def main(words: Sequence[str]) -> int:
    """Run every file, with its own words if it has some, and write its chapter of the page.

    One that does not reach its bar ends with `BAR_MISSED`, and stands there as it is. One that
    fails is said, and its chapter stays.
    """
    page, files = Path(words[0]), words[1:]
    failed = False
    for file in files:
        sys.stdout.write(f"== {file}\n")
        sys.stdout.flush()
        done = subprocess.run(
            [sys.executable, *shlex.split(file)], stdout=subprocess.PIPE, text=True, check=False
        )
        sys.stdout.write(done.stdout)
        if done.returncode in (0, BAR_MISSED):
            missed = "It did not reach its bar.\n" if done.returncode else ""
            before = page.read_text() if page.exists() else ""
            page.write_text(written(before, file, f"{done.stdout}{missed}"))
        else:
            sys.stdout.write(f"{file} failed: its chapter stays as it is\n")
            failed = True
    return int(failed)


def written(before: str, file: str, text: str) -> str:
    """Return the page with the chapter of one benchmark anew: what it is, and what it printed."""
    name = Path(shlex.split(file)[0]).stem
    about = f"{_first_line(file)}\n\n{conditions(file)}"
    chapters = {each.partition("\n")[0]: each for each in before.split(CHAPTER)[1:]}
    chapters[name] = f"{name}\n\n{about}\n\n```text\n{text.rstrip()}\n```\n"
    return CHAPTER.join((HEAD, *(chapters[each] for each in sorted(chapters))))


def conditions(file: str) -> str:
    """Say what was run with which words, on what machine, of what commit and when."""
    first, *wishes = shlex.split(file)
    return (
        f"`{' '.join([Path(first).name, *wishes])}`, {datetime.now(UTC):%Y-%m-%d}, commit"
        f" {commit()}, {os.cpu_count()} cores ({platform.machine()}),"
        f" Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end."
    )


def _first_line(file: str) -> str:
    return Path(shlex.split(file)[0]).read_text().partition('"""')[2].partition("\n")[0].rstrip('"')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
