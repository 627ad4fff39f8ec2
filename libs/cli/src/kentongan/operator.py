"""The bus as the operator sees it: how the command asks the services."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import nats.errors
import typer

from common.messaging import Bus
from common.messaging.accounts import OPERATOR
from kentongan.home import home_at

HomeOption = Annotated[Path | None, typer.Option(help="The folder of this Kentongan.")]
T = TypeVar("T")


class NoBus(Exception):  # noqa: N818 - a fact, told to a person
    """The bus of this home cannot be reached; the text says what to do."""


@asynccontextmanager
async def operator_bus(home: Path | None = None) -> AsyncIterator[Bus]:
    """Yield a started bus as the operator; `NoBus` says in one sentence why there is none."""
    there = home_at(home)
    try:
        settings = there.bus_settings(OPERATOR)
    except FileNotFoundError as missing:
        raise NoBus(f"{there.path} holds no Kentongan: start one with `kentongan up`") from missing
    bus = Bus(settings, OPERATOR, patient=False)
    try:
        await bus.start()
    except (nats.errors.Error, OSError, TimeoutError) as failure:
        raise NoBus(
            f"nothing answers at {settings.url}: is `kentongan up` running? Try `kentongan doctor`"
        ) from failure
    try:
        yield bus
    finally:
        await bus.stop()


def as_operator(home: Path | None, work: Callable[[Bus], Awaitable[T]]) -> T:
    """Do one thing on the bus as the operator, and return what came of it."""

    async def do() -> T:
        async with operator_bus(home) as bus:
            return await work(bus)

    return asyncio.run(do())
