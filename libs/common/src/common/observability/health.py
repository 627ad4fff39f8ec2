"""Health over HTTP: is the process alive, is it ready, and its metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from common.observability import rings

Check = Callable[[], Awaitable[str | None]]
CHECK_SECONDS = 3.0


async def unready(checks: Mapping[str, Check]) -> dict[str, str]:
    """Run the checks together; return what fails, by name, with a plain reason."""
    reasons = await asyncio.gather(*(_reason(check) for check in checks.values()))
    return {name: reason for name, reason in zip(checks, reasons, strict=True) if reason}


async def _reason(check: Check) -> str | None:
    """Run one check; a check that hangs has failed."""
    try:
        return await asyncio.wait_for(check(), CHECK_SECONDS)
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s"


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """Return `/healthz` (alive), `/readyz` (503 with reasons until ready) and `/metrics`."""

    async def ready(_: Request) -> Response:
        failing = await unready(checks)
        return JSONResponse(
            {"ready": not failing, "failing": failing, "ringing": rings.ringing()},
            status_code=503 if failing else 200,
        )

    return [
        Route("/healthz", _alive),
        Route("/readyz", ready),
        Route("/metrics", _metrics),
    ]


def health_app(checks: Mapping[str, Check]) -> Starlette:
    """Return the small application that a service without another one serves."""
    return Starlette(routes=health_routes(checks))


async def _alive(_: Request) -> Response:
    return JSONResponse({"alive": True})


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})
