"""Named conditions that call an operator: a critical line, and a gauge that Prometheus rings on."""

from functools import partial
from math import inf
from time import monotonic as _now
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
    "provider_settings_refused": "the file of providers has a mistake, and the old one is kept",
    "link_test_failed": "the last test of a link to a provider failed, or there was none for long",
    "cascade_policy_refused": "the file of cascades has a mistake, and the old one is kept",
    "channel_silent": "a provider accepts and delivers nothing, or far less than a peer",
    "ledger_damaged": "the ledger does not agree with its checkpoints",
    "child_restarted": "a service ended and was started again",
}

# These are over at once: they ring for a while, so that somebody hears them.
PASSING: Final = frozenset(
    {
        "permission_violation",
        "stream_full",
        "dead_letter",
        "repair_done",
        "expired_in_journal",
        "child_restarted",
    }
)
RINGS_FOR_SECONDS: Final = 900.0

RINGING: Final = Gauge("kentongan_ringing", "Whether a condition rings now", ["condition"])
_ringing: Final[dict[str, dict[str, float]]] = {condition: {} for condition in CONDITIONS}
log = structlog.get_logger()


def ring(condition: str, about: str = "", /, **fields: object) -> None:
    """Ring a condition of the table; while it rings, saying it again costs one debug line.

    `about` names which lane, stream or channel it is, from a closed list; each rings for itself.
    """
    meaning = CONDITIONS[condition]
    _forget_past(condition)
    rung = _ringing[condition]
    say = log.debug if about in rung else log.critical
    rung[about] = _now() + RINGS_FOR_SECONDS if condition in PASSING else inf
    say("condition_rang", condition=condition, meaning=meaning, **_named(about), **fields)


def quiet(condition: str, about: str | None = None, /) -> None:
    """End the ringing of a condition about one thing, or about all; else nothing is said."""
    rung = _ringing[condition]
    for ended in tuple(rung) if about is None else (about,):
        if rung.pop(ended, None) is not None:
            log.info("condition_ended", condition=condition, **_named(ended))


def ringing() -> tuple[str, ...]:
    """Return what rings in this process now, in the order of the table."""
    return tuple(condition for condition in CONDITIONS if _rings(condition))


def _rings(condition: str) -> bool:
    """Whether a condition rings about anything."""
    _forget_past(condition)
    return bool(_ringing[condition])


def _forget_past(condition: str) -> None:
    """End what has rung for its while."""
    now = _now()
    for about in [about for about, until in _ringing[condition].items() if until <= now]:
        quiet(condition, about)


def _named(about: str) -> dict[str, str]:
    """Return the field that says what a condition is about, where there is something to say."""
    return {"about": about} if about else {}


for _condition in CONDITIONS:
    RINGING.labels(condition=_condition).set_function(partial(_rings, _condition))
