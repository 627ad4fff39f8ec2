"""Make an entry of whatever was heard on the bus: nothing that was said is too strange to keep."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from audit.entry import Entry, microseconds
from audit.redaction import without_addresses
from common.events.envelope import Envelope, derived_id

UNREADABLE: Final = "kentongan.audit.unreadable.v1"
SERVER: Final = "nats-server"


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it lay in a stream."""

    subject: str
    headers: Mapping[str, str]
    body: bytes
    stream: str
    sequence: int
    stored_at: datetime


def entry_of(heard: Heard, recorded_at: datetime) -> Entry:
    """Return the entry for a message: an event, an advisory of the server, or what nobody reads."""
    document, readable = _read(heard.body)
    envelope = _envelope(heard, document if readable else {})
    kept = without_addresses(envelope.type, document, heard.body) if readable else document
    return Entry(
        event_id=_plain(envelope.id),
        type=_plain(envelope.type),
        subject=_plain(heard.subject),
        source=_plain(envelope.source),
        said_at=microseconds(envelope.time),
        correlation_id=_plain(envelope.correlation_id),
        alert_id=_plain(_text(document, "alert_id")),
        stream=heard.stream,
        sequence=heard.sequence,
        recorded_at=microseconds(recorded_at),
        body=canonical_json(kept),
    )


def canonical_json(document: Any) -> str:
    """Return JSON with sorted keys and without spaces."""
    return msgspec.json.encode(document, order="deterministic").decode()


def _read(body: bytes) -> tuple[Any, bool]:
    """Return the body as a document, or a digest of what cannot be read or written again."""
    try:
        document = msgspec.json.decode(body)
        canonical_json(document)
    except (ValueError, RecursionError, OverflowError):
        return {"unreadable_sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}, False
    return document, True


def _envelope(heard: Heard, document: Any) -> Envelope:
    """Return the envelope of a message, or one derived from where it lay and what it says."""
    try:
        envelope = Envelope.of(heard.headers)
        envelope.time.astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return _derived_envelope(heard, document)
    return envelope if envelope.time.tzinfo else _derived_envelope(heard, document)


def _derived_envelope(heard: Heard, document: Any) -> Envelope:
    """Name a message without CloudEvents headers: by its stream and the advisory's id if any."""
    said = _text(document, "id")
    event_id = derived_id(heard.stream, said or f"{heard.sequence}:{_digest(heard.body)}")
    return Envelope(
        id=event_id,
        type=_text(document, "type") or UNREADABLE,
        source=SERVER if said else "unknown",
        time=_time_of(document) or heard.stored_at,
        correlation_id=event_id,
    )


def _time_of(document: Any) -> datetime | None:
    """Return the time an advisory names, if it names one."""
    try:
        named = datetime.fromisoformat(_text(document, "timestamp"))
    except ValueError:
        return None
    return named if named.tzinfo else None


def _text(document: Any, key: str) -> str:
    """Return a field of a document where it is text."""
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""


def _plain(text: str) -> str:
    """Return text without control characters, which one store keeps and another refuses."""
    return text if text.isprintable() and text.isascii() else text.encode("unicode_escape").decode()


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
