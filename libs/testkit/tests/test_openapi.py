"""The file describes the API as it is, with what a request needs."""

import json
from pathlib import Path
from typing import Any

import pytest

from testkit.openapi import FILE, described, main

ROOT = Path(__file__).parents[3]


@pytest.fixture
def document() -> Any:
    return json.loads((ROOT / FILE).read_text())


def test_the_file_is_what_the_app_says() -> None:
    assert (ROOT / FILE).read_text() == described(), f"{FILE} is old: python -m testkit.openapi"


def test_it_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    main(tmp_path)
    assert json.loads((tmp_path / FILE).read_text())["openapi"].startswith("3.")


def test_every_request_wants_a_key_and_may_be_refused_with_a_problem(document: Any) -> None:
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    assert len(operations) == 6
    assert [each["security"] for each in operations] == [[{"key": []}]] * 6
    problems = [each["responses"]["default"]["content"] for each in operations]
    assert [list(each) for each in problems] == [["application/problem+json"]] * 6


def test_submitting_is_described_with_its_media_types_and_its_idempotency_key(
    document: Any,
) -> None:
    submitting = document["paths"]["/v1/alerts"]["post"]
    assert "application/cap+xml" in submitting["requestBody"]["content"]
    assert [each["name"] for each in submitting["parameters"]] == ["Idempotency-Key"]
    assert "202" in submitting["responses"]
