"""The parts of an embedded Kentongan as their health tells of them."""

from dataclasses import dataclass
from typing import Final

import httpx

from kentongan.home import Home

HEALTH: Final = {
    "nats-server": ("nats-monitoring", "/healthz"),
    "sandbox": ("page", "/healthz"),
    "intake": ("api", "/readyz"),
    "triage": ("triage", "/readyz"),
    "notification": ("notification", "/readyz"),
    "notification-immediate": ("immediate", "/readyz"),
    "audit": ("audit", "/readyz"),
}


@dataclass(frozen=True, slots=True)
class Health:
    """What a part says of itself: what fails, by name, and what rings."""

    failing: tuple[str, ...] = ()
    ringing: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Say in one line what is wrong, or nothing."""
        return "; ".join((*self.failing, *(f"rings {condition}" for condition in self.ringing)))


async def health_of(client: httpx.AsyncClient, home: Home, name: str) -> Health:
    """Ask a part of this home how it is; one that does not answer fails for that reason."""
    port, path = HEALTH[name]
    try:
        answer = await client.get(home.address(port) + path)
        told = answer.json()
    except (httpx.HTTPError, ValueError):
        return Health(failing=("no answer",))
    lacking = {**told.get("failing", {}), **told.get("degraded", {})}
    failing = [f"{what}: {why}" for what, why in lacking.items()]
    if answer.status_code != httpx.codes.OK and not failing:
        failing = [told.get("error") or f"answered {answer.status_code}"]
    return Health(tuple(failing), tuple(told.get("ringing", ())))
