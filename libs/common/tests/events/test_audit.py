"""A checkpoint on the bus is known by what was signed."""

from datetime import UTC, datetime

from common.events.audit import CheckpointSigned
from common.subjects import AUDIT_CHECKPOINTED

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_same_note_said_twice_is_one_event() -> None:
    first = CheckpointSigned(origin="village", size=3, note="note", signed_at=NOON)
    assert first.event_id() == first.model_copy().event_id()
    assert first.event_id() != first.model_copy(update={"note": "another"}).event_id()
    assert first.subject() == AUDIT_CHECKPOINTED
