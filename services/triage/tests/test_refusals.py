"""Each refusal is a problem with its own reason and a status that a client can act on."""

from triage import refusals


def test_each_refusal_has_its_status() -> None:
    statuses = {
        refusals.unknown_alert().problem.status: 404,
        refusals.approver_is_author().problem.status: 403,
        refusals.too_late().problem.status: 409,
        refusals.no_approval_helps("no area").problem.status: 409,
    }
    assert all(found == expected for found, expected in statuses.items())


def test_a_refusal_says_what_no_approval_can_help() -> None:
    assert "no area" in refusals.no_approval_helps("no area").problem.detail
