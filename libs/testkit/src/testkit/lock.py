"""Resolve the dependencies of every member into requirements.txt, with hashes."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

OUTPUT: Final = "requirements.txt"
NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


def members(root: Path) -> list[dict[str, Any]]:
    """Return the project table of each member."""
    files = sorted([*root.glob("libs/*/pyproject.toml"), *root.glob("services/*/pyproject.toml")])
    return [tomllib.loads(file.read_text())["project"] for file in files]


def wanted(root: Path) -> Iterator[str]:
    """Yield what the members and the tools of development ask for from outside."""
    projects = members(root)
    own = {project["name"] for project in projects}
    development = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    asked = {line for project in projects for line in project["dependencies"]} | set(development)
    for line in sorted(asked):
        found = NAME.match(line)
        if found and found.group() not in own:
            yield line


def main(root: Path) -> None:
    """Write the lock."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "-", "-o", str(root / OUTPUT)),
        *("--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"),
    ]
    subprocess.run(command, input="\n".join(wanted(root)), text=True, check=True)


if __name__ == "__main__":
    main(Path())
