"""One repetition of a fault: an alert to a thousand people, and what became of each of them."""

import time
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from common.cap import Alert
from kentongan.providers import practice_providers
from testkit.counts import Counted, moments_told
from testkit.faults import Fault
from testkit.happenings import Turn
from testkit.linked_village import LinkedVillage
from testkit.reckoning import reckon
from testkit.trials import wait_until_settled, warning
from testkit.village import Tables

BEGUN_SECONDS: Final = 90.0
LATE_SECONDS: Final = 2.0
SECOND: Final = "second"


def suffer(village: LinkedVillage, fault: Fault, number: int) -> Counted:
    """Publish, let a fault happen in the middle, wait until all is settled, and reckon.

    What a provider is given late counts as well: a message that was on its way all the time.
    """
    turn, word = fault.turn(number), f"F{number:04d}"
    ended_before, noted_before = len(village.started_again), len(village.noted)
    beside = nullcontext() if fault.second is None else _second_beside(village, fault.second)
    with beside:
        before = village.octets_received(turn.channel)
        alert_id = village.publish(_warning(word, fault, turn))
        _wait_until_begun(village, turn.channel, before)
        began, settled_at = _let_happen(village, fault, turn, alert_id)
    time.sleep(LATE_SECONDS)
    written_down = village.written_down(word)
    reckoning = reckon(village.home.path / "notification" / "delivery.db", alert_id, written_down)
    seconds = (*moments_told(village.received(word), began), settled_at - began)
    village.wait_until_well()
    again = village.started_again[ended_before:]
    noted = village.noted[noted_before:]
    return Counted.of((turn.lane, turn.channel), reckoning, seconds, again, noted)


def _warning(word: str, fault: Fault, turn: Turn) -> Alert:
    return warning(word, immediate=turn.immediate, lives_seconds=fault.lives_seconds)


def _let_happen(
    village: LinkedVillage, fault: Fault, turn: Turn, alert_id: str
) -> tuple[float, float]:
    """Let it happen; return the time from which recovery counts, and when all were settled."""
    settled_at = None
    with fault.happens(village, turn):
        began = time.time()
        if fault.seconds is not None:
            time.sleep(fault.seconds)
        elif wait_until_settled(village, alert_id, fault.most_seconds):
            settled_at = time.time()
    ended = time.time()
    if settled_at is None:
        wait_until_settled(village, alert_id)
        settled_at = time.time()
    return began if fault.seconds is None else ended, settled_at


def _wait_until_begun(village: LinkedVillage, channel: str, before: int) -> None:
    """Return as soon as the provider of a channel was given something."""
    deadline = time.monotonic() + BEGUN_SECONDS
    while village.octets_received(channel) == before:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody is reached by {channel}")
        time.sleep(0.01)


def _second_beside(village: LinkedVillage, weight: int) -> AbstractContextManager[None]:
    """Put a provider of short messages beside the first, that is reached by another link."""
    known = practice_providers(village.home)["sms"]["sandbox"]
    account = {"system_id": SECOND, "immediate": {"system_id": f"{SECOND}-fast"}}

    def change(tables: Tables) -> None:
        tables["sms"][SECOND] = {**known, **account, "weight": weight}

    return village.providers(change)
