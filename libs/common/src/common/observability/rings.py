"""Named conditions that call an operator: a critical line, and a gauge that Prometheus rings on."""

from typing import Final

import structlog
from prometheus_client import Gauge

CONDITIONS: Final = {
    "bus_down": "the service has lost the bus",
    "bus_differs": "a stream, consumer or bucket is missing or not as expected",
    "bus_watchdog": "the client neither is connected nor tries to be; the process ends",
    "bus_closed": "the client closed for good; the process ends",
    "permission_violation": "somebody tried what their NATS user may not",
    "consumer_missing": "a consumer was deleted under a running service",
    "lane_stuck": "work waits on a consumer and none of it moves",
    "stream_filling": "a stream is 70 % full",
    "stream_full": "a stream refuses what is new",
    "dead_letter": "something was given up",
    "journal_backlog": "accepted alerts are not on the bus yet",
    "journal_unwritable": "the journal cannot commit",
    "repair_done": "something was lost on the bus and was said again",
    "expired_in_journal": "an accepted alert ended its life without reaching the end of the flow",
    "held_alert_waiting": "a held alert waits for a second person",
    "provider_down": "a provider cannot be reached",
    "channel_silent": "a channel accepts and nothing is delivered",
    "ledger_damaged": "the ledger does not agree with its checkpoints",
    "child_restarted": "a service ended and was started again",
}

RINGING: Final = Gauge("kentongan_ringing", "Whether a condition rings now", ["condition"])
_ringing: set[str] = set()
log = structlog.get_logger()


def ring(condition: str, **fields: object) -> None:
    """Ring a condition of the table; while it rings, saying it again costs one debug line."""
    meaning = CONDITIONS[condition]
    RINGING.labels(condition=condition).set(1)
    say = log.debug if condition in _ringing else log.critical
    _ringing.add(condition)
    say("condition_rang", condition=condition, meaning=meaning, **fields)


def quiet(condition: str) -> None:
    """End the ringing of a condition; where it does not ring nothing is said."""
    RINGING.labels(condition=condition).set(0)
    if condition in _ringing:
        _ringing.discard(condition)
        log.info("condition_ended", condition=condition)


def ringing() -> tuple[str, ...]:
    """Return what rings in this process now, in the order of the table."""
    return tuple(condition for condition in CONDITIONS if condition in _ringing)
