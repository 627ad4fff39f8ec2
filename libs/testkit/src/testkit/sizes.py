"""The sizes of files and functions, in the figures that CONTRIBUTING aims at."""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Final

LOOK_AT_FILE: Final = 250
LOOK_AT_FUNCTION: Final = 40
MOST_ARGUMENTS: Final = 5

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path) -> list[Path]:
    """Return the files that are the product: not tests, not migrations."""
    found = (path for part in ("libs", "services") for path in (root / part).glob("*/src/**/*.py"))
    return sorted(path for path in found if "migrations" not in str(path))


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """Yield each function's place, the lines of its body without docstring, and its arguments."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Function):
            yield f"{path}:{node.lineno} {node.name}", _body_lines(node), _arguments(node)


def comment_lines(path: Path) -> int:
    """Count the lines with a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return sum(token.type == tokenize.COMMENT for token in tokens)


def ninetieth(figures: Sequence[int]) -> float:
    """Return the 90th percentile."""
    return quantiles(figures, n=10)[-1]


def main(root: Path) -> None:
    """Print the figures, and what deserves a look."""
    files = {path: len(path.read_text().splitlines()) for path in sources(root)}
    found = [each for path in files for each in functions(path)]
    bodies = [body for _, body, _ in found]
    comments, lines = sum(map(comment_lines, files)), sum(files.values())
    say = sys.stdout.write
    say(f"files      {len(files)}, {lines} lines\n")
    say(f"file       median {median(files.values()):.0f}, p90 {ninetieth([*files.values()]):.0f}\n")
    say(f"function   median {median(bodies):.0f}, p90 {ninetieth(bodies):.0f} of {len(bodies)}\n")
    say(f"arguments  most {max(count for *_, count in found)}\n")
    say(f"comments   {100 * comments / lines:.1f} % of lines\n")
    for path, length in files.items():
        if length > LOOK_AT_FILE:
            say(f"look at    {path} ({length} lines)\n")
    for place, body, count in found:
        if body > LOOK_AT_FUNCTION or count > MOST_ARGUMENTS:
            say(f"look at    {place} ({body} lines, {count} arguments)\n")


def _body_lines(node: Function) -> int:
    """Count the lines of a body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _arguments(node: Function) -> int:
    """Count the arguments, without self."""
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return sum(each.arg not in {"self", "cls"} for each in named)


if __name__ == "__main__":
    main(Path())
