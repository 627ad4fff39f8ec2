import re
from pathlib import Path

import pytest

import notification
from notification.reason import EXPLANATIONS, Reason, Remedy


def test_every_reason_has_a_sentence_of_its_own() -> None:
    sentences = [reason.sentence for reason in Reason]
    assert set(EXPLANATIONS) == set(Reason)
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_said_in_a_whole_sentence(reason: Reason) -> None:
    assert reason.sentence[0].isupper()
    assert reason.sentence.endswith(".")


def test_a_wrong_address_is_for_the_recipient_to_mend() -> None:
    assert Reason.ADDRESS_UNKNOWN.remedy is Remedy.RECIPIENT


def test_every_reason_is_given_by_somebody() -> None:
    sources = Path(notification.__file__).parent.rglob("*.py")
    written = "".join(each.read_text() for each in sources if each.name != "reason.py")
    given = set(re.findall(r"\bReason\.([A-Z_]+)\b", written))
    assert [reason for reason in Reason if reason.name not in given] == []
