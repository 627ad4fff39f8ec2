"""Questions to intake have sense, or are not read."""

import pytest
from pydantic import ValidationError

from common.questions.intake import KeyRequest, Reject


def test_a_key_speaks_as_senders_that_cap_allows() -> None:
    for sender in ("two words", "a,b", "<a>", ""):
        with pytest.raises(ValidationError):
            KeyRequest(name="harbor", senders=(sender,), may=("publish",))


def test_a_key_has_a_quota_unless_told_otherwise() -> None:
    assert KeyRequest(name="harbor", may=("approve",)).quota_per_minute == 60


def test_a_rejection_says_why() -> None:
    with pytest.raises(ValidationError):
        Reject(alert_id="a", why="  ")
