"""From an alert to its one JSON form, in the standard's names, without what is absent."""

from common.cap.alert import Alert


def write_json(alert: Alert) -> bytes:
    """Write an alert as JSON; what `read` makes of it equals the alert."""
    return alert.model_dump_json(by_alias=True, exclude_none=True).encode()
