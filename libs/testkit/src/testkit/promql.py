"""What a PromQL expression asks for: the metrics it names, and the labels it counts on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WORDS: Final = frozenset({"and", "or", "unless", "bool", "offset", "inf", "nan"})
STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
RANGES: Final = re.compile(r"\[[^\]]*\]|\boffset\s+\S+")
NUMBERS: Final = re.compile(r"(?<![\w:])\d[\w.]*")
GROUPINGS: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
SELECTORS: Final = re.compile(r"(?<![\w:$])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(\s*\()?")
MATCHERS: Final = re.compile(r"(\w+)\s*(?:=~|!=|!~|=)")


@dataclass(frozen=True, slots=True)
class Asked:
    """The labels that are matched, by metric; and those that results are grouped by."""

    matched: Mapping[str, frozenset[str]]
    grouped: frozenset[str]


def asked(expression: str) -> Asked:
    """Read an expression, as far as names go."""
    bare = NUMBERS.sub("", RANGES.sub("", STRINGS.sub("S", expression)))
    grouped = {label for group in GROUPINGS.findall(bare) for label in _listed(group)}
    matched: dict[str, frozenset[str]] = {}
    for name, matchers, called in SELECTORS.findall(GROUPINGS.sub("", bare)):
        if not called and name not in WORDS:
            labels = MATCHERS.findall(matchers.replace("S", '""'))
            matched[name] = matched.get(name, frozenset()) | frozenset(labels)
    return Asked(matched, frozenset(grouped))


def unknown(expression: str, scraped: Mapping[str, frozenset[str]]) -> list[str]:
    """Name what an expression counts on and nobody exports: metrics, and labels of metrics."""
    wants = asked(expression)
    missing = [name for name in wants.matched if name not in scraped]
    missing += [
        f"{name}{{{label}}}"
        for name, labels in wants.matched.items()
        for label in sorted(labels - scraped.get(name, labels))
    ]
    known = frozenset().union(*(scraped.get(name, frozenset()) for name in wants.matched))
    return missing + sorted(wants.grouped - known)


def _listed(group: str) -> list[str]:
    """Return the labels of a grouping."""
    return [label.strip() for label in group.split(",") if label.strip()]
