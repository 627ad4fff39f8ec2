"""W3C trace context: the same trace from intake to the last outcome."""

import hashlib
import re
import secrets
from collections.abc import Callable

TRACE_PARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Spans = Callable[[int], str]


def continued(parent: str, seed: str, spans: Spans = secrets.token_hex) -> str:
    """Return the `traceparent` of a step: the parent's trace, or one derived from `seed`.

    The trace of an alert is derived from its id, so that a repair after a crash stays in it.
    """
    if TRACE_PARENT.fullmatch(parent):
        _, trace, _, flags = parent.split("-")
    else:
        trace, flags = hashlib.sha256(seed.encode()).hexdigest()[:32], "01"
    return f"00-{trace}-{spans(8)}-{flags}"
