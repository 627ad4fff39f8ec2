"""One repetition of a fault: an alert to a thousand people, and what became of each of them."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kentongan.providers import practice_providers
from sandbox.witness import Received
from testkit.faults import Fault, Turn
from testkit.linked_village import LinkedVillage, Tables
from testkit.reckoning import Reckoning, reckon
from testkit.trials import wait_until_settled, warning

BEGUN_SECONDS: Final = 90.0
LATE_SECONDS: Final = 2.0
SECOND: Final = "second"


@dataclass(frozen=True, slots=True)
class Suffered:
    """How it ended, and which processes were started again.

    Both times count from the end of the fault, or from its beginning if it does not end: until a
    provider was given the last message, and until all were settled.
    """

    turn: Turn
    reckoning: Reckoning
    last_told_seconds: float
    recovery_seconds: float
    started_again: tuple[str, ...]


def suffer(village: LinkedVillage, fault: Fault, number: int) -> Suffered:
    """Publish, let a fault happen in the middle, wait until all is settled, and reckon.

    What a provider is given late counts as well: a message that was on its way all the time.
    """
    turn, word = fault.turn(number), f"F{number:04d}"
    ended_before = len(village.started_again)
    with _second_beside(village) if fault.second else nullcontext():
        before = village.octets_received(turn.channel)
        alert_id = village.publish(warning(word, immediate=turn.immediate))
        _wait_until_begun(village, turn.channel, before)
        began = _let_happen(village, fault, turn, alert_id)
        recovery_seconds = time.time() - began
    time.sleep(LATE_SECONDS)
    store = village.home.path / "notification" / "delivery.db"
    received = village.received(word)
    reckoning = reckon(store, alert_id, received)
    last_told_seconds = max(_last_told(received) - began, 0.0)
    village.wait_until_well()
    again = tuple(village.started_again[ended_before:])
    return Suffered(turn, reckoning, last_told_seconds, recovery_seconds, again)


def _let_happen(village: LinkedVillage, fault: Fault, turn: Turn, alert_id: str) -> float:
    """Let it happen until all are settled; return the time from which recovery counts."""
    with fault.happens(village, turn):
        began = time.time()
        if fault.seconds is None:
            wait_until_settled(village, alert_id)
            return began
        time.sleep(fault.seconds)
    ended = time.time()
    wait_until_settled(village, alert_id)
    return ended


def _last_told(received: Mapping[str, Sequence[Received]]) -> float:
    """Return when a provider was given the last message."""
    return max(
        datetime.fromisoformat(each.at).timestamp()
        for messages in received.values()
        for each in messages
    )


def _wait_until_begun(village: LinkedVillage, channel: str, before: int) -> None:
    """Return as soon as the provider of a channel was given something."""
    deadline = time.monotonic() + BEGUN_SECONDS
    while village.octets_received(channel) == before:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody is reached by {channel}")
        time.sleep(0.01)


def _second_beside(village: LinkedVillage) -> AbstractContextManager[None]:
    """Put a provider of short messages beside the first, that is reached by another link."""
    known = practice_providers(village.home)["sms"]["sandbox"]
    account = {"system_id": SECOND, "immediate": {"system_id": f"{SECOND}-fast"}}

    def change(tables: Tables) -> None:
        tables["sms"][SECOND] = {**known, **account, "weight": 0}

    return village.providers(change)
