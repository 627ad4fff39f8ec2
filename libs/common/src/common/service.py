"""How a service runs: start, say when it is ready, drain when told, end when it is broken."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from common.messaging.broker import Bus
from common.messaging.monitor import Monitor
from common.observability.health import Check, health_app

NEW_OBJECTS: Final = 50_000
PARENT: Final = "KENTONGAN_PARENT_PID"
log = structlog.get_logger()


@dataclass(slots=True)
class App:
    """A composed service: its bus, what it holds open, what it does all the time, its health.

    `resources` are entered in order before the bus starts and left in reverse after it stopped;
    `work` are endless coroutines, started with the bus; if one of them ends, the process ends.
    `http` replaces the small health application (it then serves those routes itself).
    """

    name: str
    bus: Bus
    host: str
    port: int
    resources: Sequence[AbstractAsyncContextManager[Any]] = ()
    work: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    checks: dict[str, Check] = field(default_factory=dict)
    http: ASGIApp | None = None
    needs_bus: bool = True


def run(app: App, parent: int | None = None) -> int:
    """Run a service until it is told to end (0), or until it is broken (1).

    `parent` is the process id of a supervisor whose end is ours too.
    """
    _spare_the_collector()
    return asyncio.run(serve(app, parent))


async def serve(app: App, parent: int | None = None) -> int:
    """Run a service in a loop that is already there; see `run`."""
    monitor = Monitor(app.bus)
    if app.needs_bus:
        app.checks["bus"] = monitor.check
    async with AsyncExitStack() as stack:
        for resource in app.resources:
            await stack.enter_async_context(resource)
        app.bus.start_in_background()
        stack.push_async_callback(app.bus.stop)
        server = await stack.enter_async_context(_serving(app))
        told = asyncio.create_task(_told_to_end(parent), name="told")
        tasks = [asyncio.create_task(work(), name=work.__qualname__) for work in app.work]
        tasks += [asyncio.create_task(monitor.run()), asyncio.create_task(_broken(app.bus))]
        ended, _ = await asyncio.wait([told, server, *tasks], return_when=asyncio.FIRST_COMPLETED)
        log.info("service_ending", because=[task.get_name() for task in ended])
        broken = told not in ended
        await _cancel([task for task in (told, *tasks) if not task.done()])
    _log_failures(ended)
    return 1 if broken else 0


def _spare_the_collector() -> None:
    """Keep the garbage collector from what was loaded, and from looking at every window anew.

    What a window leaves behind is freed by its last reference; cycles are few and can wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


@asynccontextmanager
async def _serving(app: App) -> AsyncIterator[asyncio.Task[Any]]:
    """Serve health, and the service's own HTTP where it has one, until the block ends."""
    served = app.http or health_app(app.checks)
    config = uvicorn.Config(
        served, host=app.host, port=app.port, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    server.capture_signals = nullcontext  # type: ignore[assignment] # the drain has an order
    task = asyncio.create_task(server.serve(), name="http")
    try:
        yield task
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await task


async def _broken(bus: Bus) -> None:
    """Return when the bus says that this process can no longer be trusted to hear anything."""
    await bus.broken.wait()


async def _told_to_end(parent: int | None) -> None:
    """Return when a signal says so, or when the supervisor is gone."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    while not told.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), 1.0)
        if parent is not None and os.getppid() != parent:
            log.warning("supervisor_gone", parent=parent)
            return


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel and wait."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _log_failures(tasks: set[asyncio.Task[Any]]) -> None:
    """Say why a piece of work ended, if it failed."""
    for task in tasks:
        if not task.cancelled() and (failure := task.exception()):
            log.critical("work_failed", work=task.get_name(), exc_info=failure)
