"""Tests mirror sources one for one: what has a decision in it has a test of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each `__main__` and each migration runs in every promise over real processes, the test kit in
# every test; channels share one contract, and a README may have its examples run.
NOT_ASKED_FOR = {"__init__.py", "__main__.py"}
USED_BY_EVERY_TEST = {"testkit"}
MORE = {"test_readme.py", "test_contract.py"}
MEMBERS = sorted(
    each.parent for part in ("libs", "services") for each in ROOT.glob(f"{part}/*/src")
)


def _sources(member: Path) -> Iterator[Path]:
    for path in sorted((member / "src").rglob("*.py")):
        if path.name not in NOT_ASKED_FOR and "migrations" not in str(path):
            yield path


def _mirror(member: Path, path: Path) -> Path:
    inside = path.relative_to(next((member / "src").iterdir()))
    return member / "tests" / inside.with_name(f"test_{inside.stem.strip('_')}.py")


def _decides(path: Path) -> bool:
    """Whether a file has a function that does something: a shape or a promise of one does not."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_empty(node)
        for node in ast.walk(ast.parse(path.read_text()))
    )


def _is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether there is nothing in it but words, or an exception that keeps what it is given."""
    return all(
        (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        or (function.name == "__init__" and isinstance(each, ast.Assign | ast.Expr))
        for each in function.body
    )


@pytest.mark.parametrize(
    "member",
    [member for member in MEMBERS if member.name not in USED_BY_EVERY_TEST],
    ids=lambda member: member.name,
)
def test_every_source_has_its_mirror_test(member: Path) -> None:
    missing = [
        str(_mirror(member, path).relative_to(ROOT))
        for path in _sources(member)
        if _decides(path) and not _mirror(member, path).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_every_mirror_has_something_to_mirror(member: Path) -> None:
    mirrors = {_mirror(member, path) for path in (member / "src").rglob("*.py")}
    folders = {mirror.parent for mirror in mirrors}
    alone = [
        str(path.relative_to(ROOT))
        for path in sorted((member / "tests").rglob("test_*.py"))
        if path.parent in folders and path not in mirrors and path.name not in MORE
    ]
    assert alone == []
