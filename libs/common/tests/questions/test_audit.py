"""The sums that audit tells are balanced, and say so when they are not."""

import pytest
from pydantic import ValidationError

from common.events.notification import Outcome
from common.questions.audit import ChannelCounts, Counts, TimelineQuestion

SMS = ChannelCounts(planned=5, settled=3, open=2, outcomes={Outcome.DELIVERED: 3})


def test_what_is_open_is_open_on_every_channel() -> None:
    email = ChannelCounts(planned=4, settled=3, open=1)
    assert Counts(alert_id="flood", channels={"sms": SMS, "email": email}).open == 3


def test_sums_with_an_unplanned_recipient_do_not_add_up() -> None:
    assert Counts(alert_id="flood", channels={"sms": SMS}).add_up
    odd = ChannelCounts(planned=1, settled=2, unplanned=1)
    assert not Counts(alert_id="flood", channels={"sms": SMS, "email": odd}).add_up


def test_sums_survive_the_bus() -> None:
    counts = Counts(alert_id="flood", planned=True, people=5, channels={"sms": SMS})
    assert Counts.model_validate_json(counts.model_dump_json()) == counts


def test_a_question_with_an_unknown_word_is_refused() -> None:
    with pytest.raises(ValidationError):
        TimelineQuestion.model_validate_json('{"alert_id": "flood", "as": "root"}')
