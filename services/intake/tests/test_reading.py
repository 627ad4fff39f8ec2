"""What breaks CAP is told by element, rule and clause; what demands a signature gets one."""

import asyncio
from pathlib import Path

import pytest

from common.cap import write_xml
from common.problems import Problem, Refusal
from intake.reading import AT_ONCE_BYTES, media_type, reading_of
from testkit.builders import alert

SAMPLES = Path(__file__).parents[4] / "shared" / "cap"
XML = "application/cap+xml"


async def problem_of(content: bytes, *, signed: bool = False) -> Problem:
    with pytest.raises(Refusal) as refused:
        await reading_of(content, XML, 1_000_000, signed=signed)
    return refused.value.problem


async def test_a_breach_names_element_rule_and_clause() -> None:
    content = write_xml(alert()).replace(b"<scope>Public</scope>", b"<scope>Village</scope>")
    (breach,) = (await problem_of(content)).breaches
    assert (breach.field, breach.rule) == ("alert/scope", "code-list")
    assert "CAP 1.2" in breach.sentence


async def test_what_cannot_be_read_at_all_is_another_mistake_than_what_breaks_a_rule() -> None:
    assert (await problem_of(b"flood")).status == 400
    assert (await problem_of(b"<alert/>")).status == 422


async def test_an_alert_with_thousands_of_mistakes_names_some() -> None:
    content = write_xml(alert()).replace(b"<scope>", b"<x/>" * 500 + b"<scope>")
    assert 1 <= len((await problem_of(content)).breaches) <= 50


@pytest.mark.parametrize(("size", "at_once"), [(AT_ONCE_BYTES, True), (AT_ONCE_BYTES + 1, False)])
async def test_what_may_take_long_is_read_off_the_loop(size: int, *, at_once: bool) -> None:
    content = write_xml(alert()).ljust(size)
    reading = asyncio.create_task(reading_of(content, XML, 1_000_000, signed=False))
    await asyncio.sleep(0)
    assert reading.done() is at_once
    assert (await reading).alert == alert()


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples lie beside the repository")
async def test_a_signature_that_verifies_is_let_in_and_one_that_does_not_is_refused() -> None:
    signed = sample("valid/google_canada_signed.cap")
    broken = sample("traps/wmo_bf_invalid_signature.xml")
    assert (await problem_of(broken, signed=True)).reason == "signature-demanded"
    assert (await reading_of(broken, XML, 1_000_000, signed=False)).flags
    assert (await reading_of(signed, XML, 1_000_000, signed=False)).alert.signatures


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_a_media_type_is_known_by_its_name_alone() -> None:
    assert media_type("Application/CAP+XML; charset=utf-8") == XML
    with pytest.raises(Refusal):
        media_type("text/html")
