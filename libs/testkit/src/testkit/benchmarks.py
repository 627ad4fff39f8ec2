"""Run benchmarks and write on one page what they print: `… testkit.benchmarks PAGE FILE…`."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

HEAD: Final = """\
# Benchmarks

Written by `make benchmarks`, and by nobody's hand. Each figure stands beside something that others
wrote, measured in the same run; trust the ratios and not the figures. Everything goes over
loopback, to sinks on the same machine.

"""


def main(words: Sequence[str]) -> int:
    """Run every file, with its own words if it has some, and write the page.

    A benchmark that fails is said, and the page stays.
    """
    page, files = Path(words[0]), words[1:]
    printed: list[tuple[str, str]] = []
    for file in files:
        sys.stdout.write(f"== {file}\n")
        sys.stdout.flush()
        done = subprocess.run(
            [sys.executable, *shlex.split(file)], stdout=subprocess.PIPE, text=True, check=False
        )
        sys.stdout.write(done.stdout)
        if done.returncode:
            sys.stdout.write(f"{file} failed: {page} stays as it is\n")
            return 1
        printed.append((file, done.stdout))
    page.write_text(written(printed, conditions()))
    return 0


def written(printed: Iterable[tuple[str, str]], about: str) -> str:
    """Return the page: a chapter for each benchmark, with what it is and what it printed."""
    chapters = (
        f"## {_named(file)}\n\n{_first_line(file)}\n\n```text\n{text.rstrip()}\n```\n"
        for file, text in printed
    )
    return HEAD + about + "\n\n" + "\n".join(chapters)


def conditions() -> str:
    """Say on what machine, of what commit and when."""
    named = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git is here
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {named.stdout.strip() or 'unknown'},"
        f" {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, load"
        f" {os.getloadavg()[0]:.1f} at the end."
    )


def _named(file: str) -> str:
    first, *wishes = shlex.split(file)
    return " ".join([Path(first).stem, *wishes])


def _first_line(file: str) -> str:
    return Path(shlex.split(file)[0]).read_text().partition('"""')[2].partition("\n")[0].rstrip('"')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
