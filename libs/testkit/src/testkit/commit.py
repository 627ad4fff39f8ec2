"""Which commit is measured."""

import subprocess


def commit() -> str:
    """Name the commit of this folder, and say `dirty` where something is not committed."""
    named = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git is here
        capture_output=True,
        text=True,
        check=False,
    )
    return named.stdout.strip() or "unknown"
