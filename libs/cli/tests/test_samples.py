"""The samples of the command are alerts that are right now."""

from datetime import UTC, datetime, timedelta

from common.cap import read
from common.cap.check import check
from kentongan.samples import tsunami_warning

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_the_tsunami_warning_is_accepted_and_lives_from_now() -> None:
    content = tsunami_warning("duty@village.example", "one", NOW)
    assert check(content).verdict == "accepted"
    alert = read(content).alert
    assert alert.sent == NOW.replace(microsecond=0)
    assert {info.expires for info in alert.infos} == {alert.sent + timedelta(hours=1)}
    assert [info.language for info in alert.infos] == ["en-US", "id-ID"]
