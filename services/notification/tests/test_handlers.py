"""What is heard goes to the rule that knows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from common.events.envelope import Envelope
from common.events.triage import AlertEnded, AlertReleased
from notification.batch import Batch
from notification.handlers import delivering, ending, planning
from testkit.clock import NOON


@dataclass(slots=True)
class Heard:
    """A delivery as far as a handler looks at it, and a rule that notes what it is given."""

    event: Any
    envelope: Envelope = field(default_factory=lambda: Envelope("e1", "t", "s", NOON, "a1"))
    given: list[tuple[object, ...]] = field(default_factory=list)

    def progressed(self) -> None:
        """Nothing to note."""

    async def plan(self, *told: object) -> None:
        self.given.append(told)

    deliver = plan
    stop = plan


async def test_a_release_goes_to_the_planner(
    make_released: Callable[..., AlertReleased],
) -> None:
    heard: Any = Heard(make_released())
    await planning(heard)(heard)
    assert heard.given == [(heard.event, heard.envelope)]


async def test_the_end_of_an_alert_stops_it() -> None:
    ended = AlertEnded(
        alert_id="alert-1",
        ended_by="cancel-1",
        reason="cancelled",
        sentence="It is not coming.",
        ended_at=NOON,
    )
    heard: Any = Heard(ended)
    await ending(heard.stop)(heard)
    assert heard.given == [("alert-1", "cancel-1")]


async def test_a_batch_goes_to_its_worker(make_batch: Callable[..., Batch]) -> None:
    heard: Any = Heard(make_batch())
    await delivering(heard)(heard)
    assert heard.given == [(heard.event, heard.progressed)]
