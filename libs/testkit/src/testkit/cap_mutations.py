"""Compare our reading of CAP with the standard's schema over many changed messages.

`python -m testkit.cap_mutations --count 10000` prints what only one of the two refuses.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from common.cap import Reason, Refused, read
from common.cap.layout import CAP
from common.cap.rules import BEYOND_SCHEMA
from testkit.cap_mutators import MUTATORS
from testkit.samples import NAMES, sample
from testkit.shared import messages, shared_cap

_MOST_BYTES = 30_000
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Mutation:
    """A changed message: from which one it was made, and how."""

    source: str
    made_by: tuple[str, ...]
    content: bytes


@dataclass(slots=True)
class Comparison:
    """What the schema and we said of the same messages."""

    total: int = 0
    passed_schema: int = 0
    refused_by_both: int = 0
    refused_by_us_alone: int = 0
    schema_alone: list[str] = field(default_factory=list)
    we_alone: Counter[str] = field(default_factory=Counter)
    unnamed: list[str] = field(default_factory=list)

    def add(self, mutation: Mutation, objection: str, reasons: tuple[Reason, ...]) -> None:
        """Count one message; `objection` is the schema's, empty if it passes."""
        self.total += 1
        self.passed_schema += not objection
        self.refused_by_both += bool(objection and reasons)
        label = f"{mutation.source} {'+'.join(mutation.made_by)}"
        if objection and not reasons:
            self.schema_alone.append(f"{label}: {objection}")
        if reasons and not objection:
            self.refused_by_us_alone += 1
            rules = {reason.rule for reason in reasons}
            self.we_alone.update(rules)
            if not rules <= BEYOND_SCHEMA:
                self.unnamed.append(f"{label}: {reasons[0]}")

    def lines(self) -> list[str]:
        """Say it for people: sums, then both lists."""
        accepted = self.passed_schema - self.refused_by_us_alone
        return [
            f"messages: {self.total}",
            f"pass the schema: {self.passed_schema}",
            f"accepted by both: {accepted}, refused by both: {self.refused_by_both}",
            f"refused by the schema alone: {len(self.schema_alone)}",
            *(f"  {line}" for line in self.schema_alone[:_SHOWN]),
            f"refused by us alone: {self.refused_by_us_alone}, by rule beyond the schema:",
            *(f"  {count:6} {rule}" for rule, count in self.we_alone.most_common()),
            f"refused by us alone without such a rule: {len(self.unnamed)}",
            *(f"  {line}" for line in self.unnamed[:_SHOWN]),
        ]


class Schema:
    """The standard's schema, kept by others beside the repository."""

    def __init__(self) -> None:
        folder = shared_cap()
        if folder is None:
            raise FileNotFoundError("../shared/cap is not beside the repository")
        self._schema = etree.XMLSchema(etree.parse(folder / "xsd" / "CAP-v1.2.xsd"))

    def objection(self, content: bytes) -> str:
        """Say what the schema has against a message; empty if nothing."""
        try:
            root = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError as error:
            return str(error)
        if self._schema.validate(root):
            return ""
        return str(self._schema.error_log)


@cache
def sources() -> dict[str, bytes]:
    """Give our samples and the small ones of others that are CAP 1.2."""
    ours = {f"ours/{name}": sample(name) for name in NAMES}
    others = messages("valid", "traps", "other", most_bytes=_MOST_BYTES)
    return {name: text for name, text in (ours | others).items() if CAP.encode() in text}


@st.composite
def mutations(draw: st.DrawFn) -> Mutation:
    """Draw a message, one or two changes, and the dice for them."""
    source = draw(st.sampled_from(sorted(sources())))
    mutators = draw(st.lists(st.sampled_from(MUTATORS), min_size=1, max_size=2))
    dice = Random(draw(st.integers(0, 2**32)))  # noqa: S311 -- dice of a test
    root = etree.fromstring(sources()[source])
    for mutator in mutators:
        if next(root.iterchildren(f"{{{CAP}}}*"), None) is not None:
            mutator(root, dice)
    made_by = tuple(mutator.__name__ for mutator in mutators)
    return Mutation(source, made_by, etree.tostring(root, encoding="utf-8"))


def our_reasons(content: bytes) -> tuple[Reason, ...]:
    """Say why we refuse a message; empty if we do not."""
    try:
        read(content)
    except Refused as refused:
        return refused.reasons
    return ()


def compare(count: int) -> Comparison:
    """Compare both over the sources themselves and over `count` mutations of them."""
    schema, comparison = Schema(), Comparison()

    @settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutations())
    def look_at(mutation: Mutation) -> None:
        objection = schema.objection(mutation.content)
        comparison.add(mutation, objection, our_reasons(mutation.content))

    look_at()
    return comparison


def main() -> int:
    """Print the comparison; fail if the schema refuses what we accept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    comparison = compare(parser.parse_args().count)
    sys.stdout.write("\n".join(comparison.lines()) + "\n")
    return 1 if comparison.schema_alone or comparison.unnamed else 0


if __name__ == "__main__":
    sys.exit(main())
