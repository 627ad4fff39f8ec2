"""What is measured does not grow with what happens: a thousand alerts add not one series."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from prometheus_client.parser import text_string_to_metric_families

from common.messaging.monitor import EVERY_SECONDS
from testkit.scene import MakesScene, Scene
from testkit.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.once, pytest.mark.timeout(900)]

PORTS = ("api", "triage", "notification", "immediate", "audit")
ALERTS = 1_000
AT_ONCE = 4

Series = tuple[str, tuple[tuple[str, str], ...]]
Samples = dict[Series, float]
Act = Callable[[Scene], Awaitable[object]]


async def _warn(scene: Scene) -> None:
    await scene.publish(scene.hamlet.flood_warning())


async def _tell(scene: Scene) -> None:
    await scene.publish(scene.hamlet.market_notice())


async def _practice(scene: Scene) -> None:
    await scene.publish(scene.hamlet.flood_exercise())


async def _ask_for_two(scene: Scene) -> None:
    nowhere = scene.hamlet.info(area=())
    await scene.publish(scene.hamlet.flood_warning(infos=(nowhere,)))


async def _cancel(scene: Scene) -> None:
    warning = scene.hamlet.market_notice()
    await scene.publish(warning)
    await scene.publish(scene.hamlet.cancel_of(warning))


async def _err(scene: Scene) -> None:
    assert (await scene.submit(b"<alert/>")).status_code == 422


# Most of a thousand end at triage, so that the rest can have its plans and batches within a minute.
KINDS: tuple[tuple[Act, int], ...] = (
    (_warn, 1),
    (_tell, 1),
    (_practice, 1),
    (_cancel, 2),
    (_err, 0),
    *((_ask_for_two, 1),) * 10,
)


async def test_a_thousand_alerts_add_no_series(make_scene: MakesScene) -> None:
    scene = await make_scene()
    await scene.move_in(scene.hamlet.person("anna", "sms", "email", "push"))
    acts, accepted = _acts(2 * len(KINDS))
    await _act(scene, acts, accepted)
    await eventually(lambda: _looked_at(scene), within=30)
    before = await _samples(scene)
    acts, more = _acts(ALERTS)
    await _act(scene, acts, accepted + more)
    after = await _samples(scene)
    assert sorted(after.keys() - before.keys()) == []
    assert _sum(after, "kentongan_intake_accepted_total") >= ALERTS


def _acts(alerts: int) -> tuple[Sequence[Act], int]:
    """Return acts of every kind in turn until so many are done, and how many alerts they are."""
    chosen = [KINDS[number % len(KINDS)] for number in range(alerts)]
    return [act for act, _ in chosen], sum(count for _, count in chosen)


async def _act(scene: Scene, acts: Sequence[Act], accepted: int) -> None:
    """Do it, some at once, and return when every alert has its verdict and all is settled."""
    room = asyncio.Semaphore(AT_ONCE)

    async def act(one: Act) -> None:
        async with room:
            await one(scene)

    await asyncio.gather(*(act(one) for one in acts))
    await eventually(lambda: _judged(scene, accepted), within=400)
    await eventually(lambda: _at_rest(scene), within=400)


async def _judged(scene: Scene, accepted: int) -> bool:
    return _sum(await _samples(scene), "kentongan_triage_verdicts_total") >= accepted


async def _at_rest(scene: Scene) -> bool:
    """Whether outcomes have stopped to grow, and nothing waits on any consumer."""
    first = await _samples(scene)
    await asyncio.sleep(2 * EVERY_SECONDS)
    last = await _samples(scene)
    waiting = ("kentongan_consumer_pending", "kentongan_consumer_unacked")
    grown = _sum(last, "kentongan_outcomes_total") - _sum(first, "kentongan_outcomes_total")
    return not grown and not any(_sum(last, name) for name in waiting)


async def _looked_at(scene: Scene) -> bool:
    """Whether every part has looked at its consumers."""
    return all("kentongan_consumer_pending{" in page for page in await _pages(scene))


async def _pages(scene: Scene) -> list[str]:
    addresses = (f"{scene.world.home.address(port)}/metrics" for port in PORTS)
    return [(await scene.http.get(address)).text for address in addresses]


async def _samples(scene: Scene) -> Samples:
    """Return the value of every series of every part."""
    return {
        (f"{port} {sample.name}", tuple(sorted(sample.labels.items()))): sample.value
        for port, page in zip(PORTS, await _pages(scene), strict=True)
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def _sum(samples: Samples, name: str) -> float:
    """Return the sum of all series of a name."""
    return sum(value for (where, _), value in samples.items() if where.endswith(f" {name}"))
