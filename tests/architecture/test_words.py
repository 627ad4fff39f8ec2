"""The words of the glossary: what it avoids is the name of no file, class or function of ours."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [path for part in ("libs", "services") for path in (ROOT / part).glob("*/src/**/*.py")]
AVOIDED = {
    "utils",
    "helpers",
    "util",
    "helper",
    "manager",
    "processor",
    "incident",
    "campaign",
    "outbox",
    "mock",
    "ingest",
    "acknowledge",
    "snapshot",
    "job",
    "ticket",
    "ttl",
}
BRITISH = re.compile(r"neighbour|colour|centre|behaviour|initialise|recognise|licence")


def _words(name: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def _names(path: Path) -> Iterator[str]:
    """Yield the public names that a file makes, its own among them."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def _wrong(path: Path) -> Iterator[str]:
    for name in _names(path):
        if not name.startswith("_") and (_words(name) & AVOIDED or BRITISH.search(name.lower())):
            yield f"{path.relative_to(ROOT)}: {name}"


def test_no_public_name_is_made_of_a_word_that_the_glossary_avoids() -> None:
    assert [wrong for path in SOURCES for wrong in _wrong(path)] == []
