"""A link between two parts that can be cut, slowed down, or fall silent without being closed."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType
from typing import Any, Final, Self, TypeVar

HOST: Final = "127.0.0.1"
AT_ONCE: Final = 65_536

T = TypeVar("T")


class _Way(Enum):
    """What becomes of connections that come."""

    OPEN = auto()
    SILENT = auto()
    CUT = auto()


class _Line:
    """One connection with its two ends, and whether anything passes between them."""

    def __init__(self, near: asyncio.StreamWriter, *, passes: bool) -> None:
        self.ends = [near]
        self.is_forgotten = False
        self.gate = asyncio.Event()
        if passes:
            self.gate.set()

    def abort(self) -> None:
        """Close both ends at once."""
        for end in self.ends:
            end.transport.abort()


class Proxy:
    """Carries what comes to `port` to another port of loopback, in a thread of its own.

    The target may be named later, before the first connection.
    """

    def __init__(self, target_port: int = 0) -> None:
        self.target_port = target_port
        self.port = 0
        self._way = _Way.OPEN
        self._delay_seconds = 0.0
        self._lines: set[_Line] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._take, HOST, 0))
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def pass_on(self) -> None:
        """Carry again; what was held while it was silent arrives, as what TCP sends once more."""
        self._do(self._be(_Way.OPEN))

    def fall_silent(self) -> None:
        """Carry nothing in either direction and close nothing, whoever comes included."""
        self._do(self._be(_Way.SILENT))

    def cut(self) -> None:
        """Close what is open, and whoever comes."""
        self._do(self._be(_Way.CUT))

    def forget(self) -> None:
        """Leave what is open half-open for ever, as a router that has lost it; new ones pass."""
        self._do(self._forget())

    def delay(self, seconds: float) -> None:
        """Carry everything so many seconds late, in both directions."""
        self._delay_seconds = seconds

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _be(self, way: _Way) -> None:
        self._way = way
        for line in self._lines:
            if way is _Way.CUT:
                line.abort()
            elif way is _Way.SILENT:
                line.gate.clear()
            elif not line.is_forgotten:
                line.gate.set()

    async def _forget(self) -> None:
        for line in self._lines:
            line.is_forgotten = True
            line.gate.clear()

    async def _end(self) -> None:
        self._server.close()
        for line in self._lines:
            line.abort()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        await asyncio.sleep(0)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._way is _Way.CUT:
            writer.transport.abort()
            return
        line = _Line(writer, passes=self._way is _Way.OPEN)
        self._lines.add(line)
        task = self._loop.create_task(self._carry(line, reader))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, line: _Line, near: asyncio.StreamReader) -> None:
        try:
            await line.gate.wait()
            far, there = await asyncio.open_connection(HOST, self.target_port)
            line.ends.append(there)
            back = self._pump(line, far, line.ends[0])
            await asyncio.gather(self._pump(line, near, there), back)
        except ConnectionRefusedError:
            pass
        finally:
            line.abort()
            self._lines.discard(line)

    async def _pump(
        self, line: _Line, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        """Carry one direction to its end; the end passes as late and as little as all else."""
        with suppress(OSError):
            while octets := await source.read(AT_ONCE):
                await asyncio.sleep(self._delay_seconds)
                await line.gate.wait()
                target.write(octets)
                await target.drain()
            await line.gate.wait()
            target.write_eof()
            return
        line.abort()
