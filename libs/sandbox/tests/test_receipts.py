"""What an SMSC still owes after a restart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.receipts import Receipts
from sandbox.witness import Received

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def received(
    name: str, receipt: str = "delivered", minutes: int = 1, answer: str = "accepted"
) -> Received:
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    return Received(at=at, channel="sms", id=name, address="+1", receipt=receipt, answer=answer)


def test_a_receipt_that_was_given_is_not_owed_after_a_restart(tmp_path: Path) -> None:
    before = Receipts(tmp_path / "receipts.txt")
    before.note("given")
    before.close()
    after = Receipts(tmp_path / "receipts.txt")
    owed = after.owed([received("given"), received("waiting")], NOW)
    after.close()
    assert [each.id for each in owed] == ["waiting"]


def test_nothing_is_owed_for_what_was_refused_wanted_none_or_is_old(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path / "receipts.txt")
    messages = [
        received("refused", answer="ESME_RINVDSTADR"),
        received("unwanted", receipt=""),
        received("old", minutes=25 * 60),
    ]
    assert receipts.owed(messages, NOW) == []
    receipts.close()
