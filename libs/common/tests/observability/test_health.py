"""Ready means that every check has said so, in time."""

import asyncio

import pytest
from httpx import ASGITransport, AsyncClient

from common.observability import health
from common.observability.health import health_app, unready


async def _fine() -> str | None:
    return None


async def _broken() -> str | None:
    return "the drum is torn"


async def _hanging() -> str | None:
    await asyncio.sleep(60)
    return None


async def test_a_check_that_fails_is_named_with_its_reason() -> None:
    assert await unready({"skin": _broken, "wood": _fine}) == {"skin": "the drum is torn"}


async def test_a_check_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    assert "no answer" in (await unready({"skin": _hanging}))["skin"]


async def test_a_service_that_is_not_ready_answers_503_and_is_alive() -> None:
    transport = ASGITransport(health_app({"skin": _broken}))
    async with AsyncClient(transport=transport, base_url="http://health") as client:
        ready, alive = await client.get("/readyz"), await client.get("/healthz")
        metrics = await client.get("/metrics")
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert ready.json()["failing"] == {"skin": "the drum is torn"}
    assert "kentongan_ringing" in metrics.text
