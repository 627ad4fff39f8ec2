"""Why the word of a second person is not taken, each as a problem document."""

from common.problems import Problem, Refusal
from triage.register import Entry


def unknown_alert() -> Refusal:
    """Say that no such alert came here."""
    return Refusal(Problem.of(404, "unknown-alert", "No alert with this id has come to triage."))


def approver_is_author() -> Refusal:
    """Say that two people means two."""
    return Refusal(
        Problem.of(
            403,
            "approver-is-author",
            "The key that sent an alert cannot answer for it: author and approver are two people.",
        )
    )


def not_held(entry: Entry) -> Refusal:
    """Say that nobody was asked, or not any more."""
    return Refusal(
        Problem.of(
            409,
            "not-held",
            f"The alert does not wait: it is {entry.verdict} ({entry.reason}). {entry.sentence}",
        )
    )


def answered_otherwise(entry: Entry) -> Refusal:
    """Say that somebody was faster and said the opposite."""
    word = "approved" if entry.approved else "rejected"
    return Refusal(
        Problem.of(409, "answered-otherwise", f"The alert was {word} already by {entry.approver}.")
    )


def too_late() -> Refusal:
    """Say that the wait is over."""
    return Refusal(Problem.of(409, "approval-expired", "The alert waited to its end and expired."))


def no_approval_helps(sentence: str) -> Refusal:
    """Say that a yes is not enough."""
    return Refusal(
        Problem.of(409, "no-approval-helps", f"An approval cannot let it go: {sentence}")
    )
