"""What the standard's schema and we say of the same CAP messages, counted and listed."""

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from common.cap import Reason, Refused, Rule, read
from common.cap.rules import BEYOND_SCHEMA, clause
from testkit.shared import shared_cap

_SHOWN = 20


@dataclass(slots=True)
class Comparison:
    """Counts of messages by who refuses them, and the lists of what only one of the two does."""

    total: int = 0
    passed_schema: int = 0
    refused_by_us_alone: int = 0
    by_both: Counter[Rule] = field(default_factory=Counter)
    by_us_alone: Counter[Rule] = field(default_factory=Counter)
    examples: dict[Rule, str] = field(default_factory=dict)
    schema_alone: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def add(self, label: str, objection: str, reasons: tuple[Reason, ...]) -> None:
        """Count one message; `objection` is the schema's, empty if it passes."""
        self.total += 1
        self.passed_schema += not objection
        rules = {reason.rule for reason in reasons}
        if objection and reasons:
            self.by_both.update(rules)
        elif objection:
            self.schema_alone.append(f"{label}: {objection}")
        elif reasons:
            self._add_ours(label, reasons, rules)

    def _add_ours(self, label: str, reasons: tuple[Reason, ...], rules: set[Rule]) -> None:
        self.refused_by_us_alone += 1
        self.by_us_alone.update(rules)
        for reason in reasons:
            self.examples.setdefault(reason.rule, f"{reason.element}: {reason.sentence[:90]}")
        if not rules <= BEYOND_SCHEMA:
            self.unnamed.append(f"{label}: {reasons[0]}")

    def lines(self) -> list[str]:
        """Say it for people: sums, then both lists."""
        refused = self.total - self.passed_schema
        return [
            f"{self.total} messages, {self.passed_schema} pass the schema",
            f"1. the schema refuses {refused}; of these we accept {len(self.schema_alone)}",
            *(f"   ACCEPTED BY US {line}" for line in self.schema_alone[:_SHOWN]),
            "   we refuse them under these rules (a message may break several):",
            *(f"   {count:6} {rule}" for rule, count in self.by_both.most_common()),
            f"2. we alone refuse {self.refused_by_us_alone}",
            f"   without naming a rule beyond the schema: {len(self.unnamed)}",
            *(f"   UNNAMED {line}" for line in self.unnamed[:_SHOWN]),
            *self._ours(),
        ]

    def _ours(self) -> list[str]:
        return [
            f"   {count:6} {rule} [{clause(rule, self.examples[rule].split(':')[0])}],"
            f" as in {self.examples[rule]}"
            for rule, count in self.by_us_alone.most_common()
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
        try:
            passes = self._schema.validate(root)
        except etree.XMLSchemaValidateError as error:  # it meets an entity
            return str(error)
        return "" if passes else str(self._schema.error_log)


def our_reasons(content: bytes) -> tuple[Reason, ...]:
    """Say why we refuse a message; empty if we do not."""
    try:
        read(content)
    except Refused as refused:
        return refused.reasons
    return ()
