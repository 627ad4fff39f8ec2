"""No condition stands in the table of which no code ever says that it rings."""

import ast
from collections.abc import Iterator
from pathlib import Path

from common.observability.rings import CONDITIONS

ROOT = Path(__file__).parents[2]


def test_each_condition_is_rung_by_some_code_and_nothing_else_is() -> None:
    rung = {condition for path in _sources() for condition in _rung_in(path)}
    assert rung == set(CONDITIONS)


def _sources() -> Iterator[Path]:
    for part in ("libs", "services"):
        yield from (ROOT / part).glob("*/src/**/*.py")


def _rung_in(path: Path) -> Iterator[str]:
    """Yield the conditions that a file rings: by name, or by a constant of its own."""
    tree = ast.parse(path.read_text())
    constants = dict(_constants(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _called(node.func) in {"ring", "_ring"}:
            match node.args[0]:
                case ast.Constant(value=str() as condition):
                    yield condition
                case ast.Name(id=name) if name in constants:
                    yield str(constants[name])


def _constants(tree: ast.Module) -> Iterator[tuple[str, object]]:
    """Yield the constants of a file that have a plain value."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=value)):
                yield name, value


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
