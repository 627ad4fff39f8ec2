from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.cap import AlertKey, alert_id

NOON = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)
KEY = AlertKey("tsunami@teluk-harapan.example", "TH-1", NOON)


def test_one_instant_in_two_offsets_names_one_alert() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=8)))
    same = AlertKey(KEY.sender, KEY.identifier, elsewhere)
    assert same == KEY
    assert hash(same) == hash(KEY)
    assert alert_id(same) == alert_id(KEY)


def test_an_id_is_stable_and_of_32_hex_digits() -> None:
    assert alert_id(KEY) == "616d6d20c2aae54827f8fbab5635af2d"


@given(st.text(), st.text(), st.text(), st.text())
def test_two_keys_never_run_together(
    sender: str, identifier: str, other_sender: str, other_identifier: str
) -> None:
    one, other = AlertKey(sender, identifier, NOON), AlertKey(other_sender, other_identifier, NOON)
    assert (alert_id(one) == alert_id(other)) == (one == other)


def test_a_reference_names_an_alert() -> None:
    assert AlertKey.parse("tsunami@teluk-harapan.example,TH-1,2026-03-11T20:00:00+08:00") == KEY


@pytest.mark.parametrize(
    "text", ["a,b", "a,b,c", ",b,2026-03-11T20:00:00+08:00", "a,b,2026-03-11T20:00:00", "a,b,c,d"]
)
def test_half_a_reference_names_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        AlertKey.parse(text)
