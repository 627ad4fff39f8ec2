"""Microseconds of CPU to read and judge a CAP message, beside lxml's schema validation alone.

Ours parses, checks form and values, builds the model, applies the rules beyond the schema, draws
every polygon and circle, and verifies a signature. libxml2's (lxml.etree.XMLSchema) parses and
validates against the schema in ../shared/cap, which knows form and nothing else. Run it as
`python tests/bench/bench_cap.py [SECONDS]`; each gets that many seconds (2 by default), three times
in turn, over the small valid messages of others; the signed ones are measured apart.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from lxml import etree

from common.cap import read, write_json
from testkit.cap_comparison import Schema
from testkit.shared import messages, shared_cap

ROUNDS = 3
MOST_BYTES = 30_000


def main() -> None:
    """Measure in turn and print both, their ratio and the conditions."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    if shared_cap() is None:
        sys.stdout.write("cap      not measured: ../shared/cap, with the schema, is absent\n")
        return
    found = messages("valid", most_bytes=MOST_BYTES).values()
    plain = [content for content in found if b"xmldsig#" not in content]
    signed = [content for content in found if b"xmldsig#" in content]
    in_json = [write_json(read(content).alert) for content in plain]
    schema = Schema()
    measured: dict[str, list[float]] = {"read": [], "schema": [], "json": [], "signed": []}
    for _ in range(ROUNDS):
        measured["read"].append(_microseconds(read, plain, seconds))
        measured["schema"].append(_microseconds(schema.objection, plain, seconds))
        measured["json"].append(_microseconds(_read_json, in_json, seconds))
        measured["signed"].append(_microseconds(read, signed, seconds))
    _print(measured, plain, seconds)


def _read_json(content: bytes) -> object:
    return read(content, "application/json")


def _microseconds(look_at: Callable[[bytes], object], of: Sequence[bytes], seconds: float) -> float:
    """Give the mean over whole rounds through the messages."""
    began, rounds = time.process_time(), 0
    while time.process_time() - began < seconds:
        for content in of:
            look_at(content)
        rounds += 1
    return (time.process_time() - began) / rounds / len(of) * 1e6


def _print(measured: dict[str, list[float]], plain: Sequence[bytes], seconds: float) -> None:
    us, them = statistics.median(measured["read"]), statistics.median(measured["schema"])
    bytes_each = statistics.mean(map(len, plain))
    version = ".".join(map(str, etree.LXML_VERSION[:3]))
    sys.stdout.write(
        f"read, XML               {us:8,.0f} µs of CPU ({_spread(measured['read'])})\n"
        f"lxml schema, form only  {them:8,.0f} µs of CPU ({_spread(measured['schema'])})\n"
        f"ratio                   {us / them:8.2f} times the schema alone\n"
        f"read, the same as JSON  {statistics.median(measured['json']):8,.0f} µs\n"
        f"read, signed XML        {statistics.median(measured['signed']):8,.0f} µs\n"
        f"{len(plain)} messages of {bytes_each:,.0f} bytes on average, median of {ROUNDS} x"
        f" {seconds:g} s, lxml {version}, Python {platform.python_version()},"
        f" {os.cpu_count()} CPUs\n"
    )


def _spread(figures: list[float]) -> str:
    return f"{min(figures):,.0f} to {max(figures):,.0f}"


if __name__ == "__main__":
    main()
