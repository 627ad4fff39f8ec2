"""The first lines of the files are the architecture page: each one sentence, each its own."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for part in ("libs", "services")
    for path in sorted((ROOT / part).glob("*/src/**/*.py"))
    if "migrations" not in str(path)
]
# A full stop inside is one of a name or a number, never the end of a first sentence.
ENDS_INSIDE = re.compile(r"[.!?] +[A-Z]")


def _first_line(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text())) or ""
    return said.split("\n\n")[0]


def test_each_file_says_in_one_sentence_what_is_inside() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {line!r}"
        for path in SOURCES
        if "\n" in (line := _first_line(path))
        or not re.match(r"[A-Z`].*[.!?]$", line)
        or ENDS_INSIDE.search(line)
    ]
    assert wrong == []


def test_no_two_files_say_the_same() -> None:
    lines = Counter(_first_line(path) for path in SOURCES if path.name != "__init__.py")
    assert [line for line, count in lines.items() if count > 1] == []
