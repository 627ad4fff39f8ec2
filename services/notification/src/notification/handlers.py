"""What is heard and answered, each in a line or two over a rule that knows no broker."""

from collections.abc import Awaitable, Callable

from common.events.triage import AlertEnded, AlertReleased
from common.messaging import Delivery
from notification.batch import Batch
from notification.delivery import Worker
from notification.planning import Planner, Stop


def planning(planner: Planner) -> Callable[[Delivery[AlertReleased]], Awaitable[None]]:
    """Return what plans a release."""

    async def hear(delivery: Delivery[AlertReleased]) -> None:
        await planner.plan(delivery.event, delivery.envelope)

    return hear


def ending(stop: Stop) -> Callable[[Delivery[AlertEnded]], Awaitable[None]]:
    """Return what stops an alert that has ended."""

    async def hear(delivery: Delivery[AlertEnded]) -> None:
        await stop(delivery.event.alert_id, delivery.event.ended_by)

    return hear


def delivering(worker: Worker) -> Callable[[Delivery[Batch]], Awaitable[None]]:
    """Return what delivers a batch."""

    async def hear(delivery: Delivery[Batch]) -> None:
        await worker.deliver(delivery.event, delivery.progressed)

    return hear
