"""The metrics that our code exports, read from where they are defined: names, kinds and labels."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KINDS: Final = ("Counter", "Gauge", "Histogram")
TARGET: Final = frozenset({"job", "instance"})
BUILT_IN: Final = {
    "up": TARGET,
    "process_start_time_seconds": TARGET,
    "process_resident_memory_bytes": TARGET,
    "ALERTS": TARGET | {"alertname", "alertstate", "condition", "calls"},
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as it is defined: `constant` is the name by which the code knows it."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]
    constant: str
    file: Path

    def samples(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the names under which it is scraped, each with its labels."""
        labels = TARGET | frozenset(self.labels)
        if self.kind == "Histogram":
            yield f"{self.name}_bucket", labels | {"le"}
            yield f"{self.name}_sum", labels
            yield f"{self.name}_count", labels
        else:
            yield self.name, labels


def metrics(root: Path) -> list[Metric]:
    """Return every metric that is defined in the sources of libs and services."""
    files = (path for part in ("libs", "services") for path in (root / part).glob("*/src/**/*.py"))
    return [each for path in sorted(files) for each in _defined(path)]


def scraped(root: Path) -> dict[str, frozenset[str]]:
    """Return the labels of every sample that Prometheus gets from us, by its name."""
    ours = {name: labels for each in metrics(root) for name, labels in each.samples()}
    return {**BUILT_IN, **ours}


def _defined(path: Path) -> Iterator[Metric]:
    """Yield the metrics that a file assigns to constants of its own."""
    text = path.read_text()
    if "prometheus_client" not in text:
        return
    for node in ast.parse(text).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=constant)], value=ast.Call() as call):
                yield from _called(call, constant, path)
            case ast.AnnAssign(target=ast.Name(id=constant), value=ast.Call() as call):
                yield from _called(call, constant, path)


def _called(call: ast.Call, constant: str, path: Path) -> Iterator[Metric]:
    """Yield the metric that a call makes, if it makes one."""
    if isinstance(call.func, ast.Name) and call.func.id in KINDS:
        name, help_, *more = (ast.literal_eval(each) for each in call.args)
        yield Metric(name, call.func.id, help_, tuple(more[0]) if more else (), constant, path)
