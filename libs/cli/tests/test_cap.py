import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from common.cap import FlagKind, Rule
from kentongan.cap import app
from testkit.samples import FLAGGED, NAMES, REFUSED, sample
from testkit.shared import shared_cap

SHARED = shared_cap()
ABOUT_SIGNATURE_OR_AREA = {
    FlagKind.SIGNATURE_INVALID,
    FlagKind.CIRCLE_WITHOUT_EXTENT,
    FlagKind.POLYGONS_OVERLAP,
    FlagKind.POLYGONS_NOT_COMPARED,
    FlagKind.POLYGON_TOUCHES_ITSELF,
}
INVALID = {
    "capparselib_invalid_xmlns.cap": {Rule.NAMESPACE},
    "google_xee.cap": {Rule.DOCTYPE},
    "wmo_bf_invalid_schema.xml": {Rule.ELEMENT_MISSING},
}
TRAPS = {
    "alphagov_invalid_area_with_hole.xml": ("flagged", {FlagKind.POLYGONS_OVERLAP}),
    "alphagov_missing_area_names.xml": ("refused", {Rule.EMPTY}),
    "alphagov_wainfleet_cancel_with_missing_references.xml": (
        "refused",
        {Rule.REFERENCES_MISSING},
    ),
    "wmo_bf_invalid_signature.xml": ("flagged", {FlagKind.SIGNATURE_INVALID}),
}
needs_shared = pytest.mark.skipif(
    SHARED is None, reason="../shared/cap is not beside the repository"
)


def check(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, words)])


def reports(*files: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in check("--json", *files).stdout.splitlines()]


def rules_of(report: dict[str, Any]) -> set[str]:
    return {reason["rule"] for reason in report["reasons"]}


def kept(folder: Path, *names: str) -> list[Path]:
    """Write samples of ours where an operator would have files."""
    files = [folder / f"{name.replace('/', '-')}.xml" for name in names]
    for file, name in zip(files, names, strict=True):
        file.write_bytes(sample(name))
    return files


def shared(folder: str) -> list[Path]:
    assert SHARED is not None
    return sorted((SHARED / folder).iterdir())


def test_an_alert_that_is_accepted_is_one_line(tmp_path: Path) -> None:
    (file,) = kept(tmp_path, "tsunami_warning")
    checked = check(file)
    assert (checked.exit_code, checked.stdout) == (0, f"accepted  {file}\n")


def test_a_flag_is_told_and_is_no_failure(tmp_path: Path) -> None:
    (file,) = kept(tmp_path, "flagged/radius_zero")
    checked = check(file)
    first, second = checked.stdout.splitlines()
    assert (checked.exit_code, first) == (0, f"flagged   {file}")
    assert "radius 0 covers nobody" in second


def test_a_refusal_names_element_rule_and_clause_and_is_a_failure(tmp_path: Path) -> None:
    checked = check(*kept(tmp_path, "tsunami_warning", "refused/expires_before_sent"))
    assert checked.exit_code == 1
    assert checked.stdout.splitlines()[2] == (
        "    alert/info[1]/expires: it expires before it was sent"
        " [expires-before-sent; OASIS CAP 1.2 §3.2.2 expires]"
    )


def test_json_is_one_object_a_line_with_file_verdict_and_reasons(tmp_path: Path) -> None:
    names = [*NAMES, *FLAGGED, *REFUSED]
    files = kept(tmp_path, *names)
    found = reports(*files)
    assert [report["file"] for report in found] == [str(file) for file in files]
    assert all(set(report) == {"file", "verdict", "reasons"} for report in found)
    verdicts = ["accepted"] * len(NAMES) + ["flagged"] * len(FLAGGED) + ["refused"] * len(REFUSED)
    assert [report["verdict"] for report in found] == verdicts
    expected = [{str(rule)} for rule in (*FLAGGED.values(), *REFUSED.values())]
    assert [rules_of(report) for report in found[len(NAMES) :]] == expected


def test_a_reason_in_json_is_taken_apart(tmp_path: Path) -> None:
    (report,) = reports(*kept(tmp_path, "refused/polygon_open"))
    assert report["reasons"] == [
        {
            "element": "alert/info[1]/area[1]/polygon[1]",
            "rule": "polygon-open",
            "sentence": "the last point is not the first one",
            "clause": "OASIS CAP 1.2 §3.2.4 polygon",
        }
    ]


def test_the_message_is_judged_and_not_the_clock(tmp_path: Path) -> None:
    old = tmp_path / "old.xml"
    old.write_bytes(sample("tsunami_warning").replace(b"2026-", b"1996-"))
    assert check(old).stdout.startswith("accepted")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "there is nothing in it"),
        (b"\x7fELF\x02\x01\x00" + bytes(range(256)), "does not begin with <"),
        (b"\xff\xfe\x00", "this is not XML"),
        (b"{", "this is not JSON"),
        (b"<" * 2_000_000, "more than 1000000 bytes"),
    ],
)
def test_a_file_that_is_no_alert_is_refused_in_one_line(
    content: bytes, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    checked = check(file)
    verdict, reason = checked.stdout.splitlines()
    assert (checked.exit_code, verdict) == (1, f"refused   {file}")
    assert words in reason


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_what_cannot_be_read_is_one_clear_line_and_the_rest_is_checked(
    as_json: list[str], tmp_path: Path
) -> None:
    (good,) = kept(tmp_path, "tsunami_warning")
    checked = check(*as_json, tmp_path, tmp_path / "missing", good)
    assert checked.exit_code == 2
    assert checked.stderr.splitlines() == [
        f"{tmp_path}: cannot be read: Is a directory",
        f"{tmp_path / 'missing'}: cannot be read: No such file or directory",
    ]
    assert len(checked.stdout.splitlines()) == 1


def test_a_refusal_counts_more_than_a_file_that_is_missing(tmp_path: Path) -> None:
    (refused,) = kept(tmp_path, "refused/cap_1_1")
    assert check(tmp_path / "missing", refused).exit_code == 1


def test_a_name_that_is_not_unicode_is_no_trouble(tmp_path: Path) -> None:
    file = tmp_path / "b\udce4ume[red].xml"
    file.write_bytes(sample("tsunami_warning"))
    assert check(file).exit_code == 0
    assert reports(file)[0]["file"].endswith("b\N{REPLACEMENT CHARACTER}ume[red].xml")


def test_without_a_file_it_says_how_it_is_used() -> None:
    checked = check()
    assert checked.exit_code == 2
    assert "Missing argument 'FILE…'" in checked.stderr


@needs_shared
def test_the_valid_messages_of_others_are_accepted() -> None:
    for report in reports(*shared("valid")):
        assert report["verdict"] in {"accepted", "flagged"}, report
        assert rules_of(report) <= ABOUT_SIGNATURE_OR_AREA, report
        assert all(reason["sentence"] for reason in report["reasons"])


@needs_shared
def test_the_invalid_messages_of_others_are_refused_for_the_right_reason() -> None:
    found = reports(*shared("invalid"))
    assert {report["verdict"] for report in found} == {"refused"}
    assert {Path(report["file"]).name: rules_of(report) for report in found} == INVALID


@needs_shared
def test_traps_are_refused_or_flagged_for_the_reason_in_their_name() -> None:
    found = reports(*shared("traps"))
    assert {
        Path(report["file"]).name: (report["verdict"], rules_of(report)) for report in found
    } == TRAPS


@needs_shared
def test_cap_1_1_and_what_is_wrapped_around_alerts_is_refused_by_its_namespace() -> None:
    assert SHARED is not None
    found = reports(*shared("feeds"), SHARED / "other" / "google_weather.cap")
    assert all(rules_of(report) == {Rule.NAMESPACE} for report in found)
    assert found[-1]["reasons"][0]["sentence"] == "this is CAP 1.1; only CAP 1.2 is read here"
