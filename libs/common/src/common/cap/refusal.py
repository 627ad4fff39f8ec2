"""How an alert is refused or flagged: the element, the rule, a sentence, and the clause."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.cap.rules import Rule, clause

MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Reason:
    """One breach of one rule; `element` is a path like `alert/info[1]/area[2]/polygon[1]`."""

    element: str
    rule: Rule
    sentence: str

    @property
    def clause(self) -> str:
        """Name the clause of the standard, or say that the rule is ours."""
        return clause(self.rule, self.element)

    def __str__(self) -> str:
        return f"{self.element}: {self.sentence} [{self.rule}; {self.clause}]"


class Refused(Exception):  # noqa: N818 -- the domain's word: an alert is refused
    """An alert breaks rules; `reasons` names each of them, but not more than twenty."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons[:MOST_REASONS])
        super().__init__("; ".join(str(reason) for reason in self.reasons))


class FlagKind(StrEnum):
    """What may be noticed about an alert that is not refused."""

    POLYGONS_OVERLAP = "polygons-overlap"
    POLYGONS_NOT_COMPARED = "polygons-not-compared"
    POLYGON_TOUCHES_ITSELF = "polygon-touches-itself"
    CIRCLE_WITHOUT_EXTENT = "circle-without-extent"
    EXPIRES_WHEN_SENT = "expires-when-sent"
    SAYS_NOTHING = "says-nothing"
    SIGNATURE_INVALID = "signature-invalid"
    REFERENCES_UNMATCHED = "references-unmatched"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something odd at one element that people should know, with a sentence that says what."""

    kind: FlagKind
    element: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.element}: {self.sentence} [{self.kind}]"
