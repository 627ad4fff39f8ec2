"""A link test passes a guard that alerts do not: nobody but its tester makes one."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTER = "services/notification/src/notification/link_tester.py"


def _makes_one(path: Path) -> bool:
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith("LinkTest")
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_only_the_tester_of_links_makes_link_tests() -> None:
    sources = [each for part in ("libs", "services") for each in ROOT.glob(f"{part}/*/src/**/*.py")]
    assert [str(each.relative_to(ROOT)) for each in sources if _makes_one(each)] == [TESTER]
