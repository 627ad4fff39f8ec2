"""CAP messages, ours and others', changed a little by dice, and what the schema and we make of it.

`python -m testkit.cap_mutations --count 10000` prints both for the samples and their mutations.
"""

import argparse
import sys
from dataclasses import dataclass
from functools import cache
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from common.cap.layout import CAP
from testkit.cap_comparison import Comparison, Schema, our_reasons
from testkit.cap_document_mutators import DOCUMENT_MUTATORS
from testkit.cap_mutators import MUTATORS
from testkit.samples import FLAGGED, NAMES, REFUSED, sample
from testkit.shared import messages

_FOLDERS = ("valid", "traps", "invalid", "other", "feeds")
_MOST_BYTES = 30_000
_REPEATED = 3  # so many examples for one more, since some say the same again


@dataclass(frozen=True, slots=True)
class Mutation:
    """A changed message: from which one it was made, and how."""

    source: str
    made_by: tuple[str, ...]
    content: bytes

    @property
    def label(self) -> str:
        """Name it by what it was and what was done to it."""
        return f"{self.source} {'+'.join(self.made_by)}"


@cache
def samples() -> dict[str, bytes]:
    """Give every sample there is, ours and others', good and bad."""
    ours = {f"ours/{name}": sample(name) for name in (*NAMES, *FLAGGED, *REFUSED)}
    return ours | messages(*_FOLDERS)


@cache
def sources() -> dict[str, bytes]:
    """Give the samples to change: the small ones that pass the schema."""
    schema = Schema()
    return {
        name: content
        for name, content in samples().items()
        if len(content) <= _MOST_BYTES and not schema.objection(content)
    }


@st.composite
def mutations(draw: st.DrawFn) -> Mutation:
    """Draw a message, one or two changes of its elements or of the whole, and dice for them."""
    source = draw(st.sampled_from(sorted(sources())))
    mutators = draw(st.lists(st.sampled_from(MUTATORS), min_size=1, max_size=2))
    of_document = draw(st.sampled_from(DOCUMENT_MUTATORS))
    dice = Random(draw(st.integers(0, 2**32)))  # noqa: S311 -- dice of a test
    root = etree.fromstring(sources()[source])
    for mutator in mutators:
        if next(root.iterchildren(f"{{{CAP}}}*"), None) is not None:
            mutator(root, dice)
    content = of_document(etree.tostring(root, encoding="utf-8", xml_declaration=True), dice)
    made_by = tuple(mutator.__name__ for mutator in (*mutators, of_document))
    return Mutation(source, made_by, content)


def compare_samples() -> Comparison:
    """Compare what the schema and we say of the samples as they are."""
    schema, comparison = Schema(), Comparison()
    for name, content in samples().items():
        comparison.add(name, schema.objection(content), our_reasons(content))
    return comparison


def compare_mutations(count: int) -> Comparison:
    """Compare them over so many distinct mutations, always the same ones."""
    schema, comparison, seen = Schema(), Comparison(), set[int]()

    @settings(
        max_examples=count + count // _REPEATED,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutations())
    def look_at(mutation: Mutation) -> None:
        if comparison.total == count or hash(mutation.content) in seen:
            return
        seen.add(hash(mutation.content))
        objection = schema.objection(mutation.content)
        comparison.add(mutation.label, objection, our_reasons(mutation.content))

    look_at()
    return comparison


def main() -> int:
    """Print both comparisons; fail if one of the lists holds what it must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    of_samples = compare_samples()
    of_mutations = compare_mutations(parser.parse_args().count)
    lines = ["SAMPLES", *of_samples.lines(), "DISTINCT MUTATIONS", *of_mutations.lines()]
    sys.stdout.write("\n".join(lines) + "\n")
    wrong = (one.schema_alone or one.unnamed for one in (of_samples, of_mutations))
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
