"""The repository names no package registry, no machine it was made on, and no path there."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOSTS = (
    ("pypi", "org"),
    ("python[h]osted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("crates", "io"),
    ("golang", "org"),
    ("docker", "io/"),
    ("ghcr", "io"),
    ("quay", "io"),
    ("anaconda", "org"),
)
REGISTRIES = re.compile("|".join(rf"(?<![\w-]){name}\.{end}" for name, end in HOSTS))
INDEXES = re.compile("--(?:extra-)?" + "index-url|--" + "trusted-host|--" + "find-links")
HOMES = re.compile(r"(?<![\w/.])/(?:" + "home|Users)/[a-z]" + "|/root" + r"/\w|/" + r"work/\w")


def _files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in _files()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        for match in pattern.finditer(line)
    ]


def test_no_package_registry_is_named() -> None:
    assert _found(REGISTRIES) == []


def test_no_file_says_where_to_install_from() -> None:
    assert _found(INDEXES) == []


def test_no_path_of_the_machine_that_it_was_made_on_is_named() -> None:
    assert _found(HOMES) == []
