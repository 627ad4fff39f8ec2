"""Key-value buckets with compare-and-set, and a watch that outlives a reconnect."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import nats.errors
from nats.js.errors import BadRequestError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from common.messaging.failures import LostRace, TemporaryFailure
from common.subjects import Bucket

if TYPE_CHECKING:
    from common.messaging.broker import Bus

WRONG_LAST_SEQUENCE: Final = 10071
WATCH_AGAIN_SECONDS: Final = 0.5


class Value(NamedTuple):
    """A value and the revision by which it can be replaced."""

    value: bytes
    revision: int


class BucketOf:
    """A bucket that the provisioner made; using it never creates one.

    A bucket that does not answer is a `TemporaryFailure`: whether it was written is not known.
    """

    def __init__(self, bus: "Bus", name: Bucket) -> None:
        self._bus = bus
        self._name = name
        self._opened: KeyValue | None = None

    async def get(self, key: str) -> Value | None:
        """Return the value of a key, or nothing."""
        with self._answering():
            try:
                entry = await (await self._open()).get(key)
            except KeyNotFoundError:
                return None
        return Value(entry.value or b"", entry.revision or 0)

    async def put(self, key: str, value: bytes) -> int:
        """Set a key whatever it was, and return its revision."""
        with self._answering():
            return await (await self._open()).put(key, value)

    async def create(self, key: str, value: bytes) -> int:
        """Set a key that must not exist yet, and return its revision; else `LostRace`."""
        return await self._swap(key, value, 0)

    async def update(self, key: str, value: bytes, revision: int) -> int:
        """Replace a key still at `revision`, and return the new one; else `LostRace`."""
        return await self._swap(key, value, revision)

    async def delete(self, key: str) -> None:
        """Forget a key."""
        with self._answering():
            await (await self._open()).delete(key)

    async def keys(self) -> tuple[str, ...]:
        """Return the keys that have a value."""
        with self._answering():
            return tuple(await (await self._open()).keys(filters=[">"]))

    async def watch(self, changed: Callable[[str, bytes | None], Awaitable[None]]) -> None:
        """Tell every key as it is now, then every change; returns never, so run it as a task.

        After a lost watch all keys are told again: `changed` must be content to hear them twice.
        """
        lost = asyncio.Event()
        self._bus.on_reconnect.append(lost.set)
        while True:
            lost.clear()
            telling = asyncio.create_task(self._tell(changed))
            losing = asyncio.create_task(lost.wait())
            try:
                await asyncio.wait([telling, losing], return_when=asyncio.FIRST_COMPLETED)
            finally:
                telling.cancel()
                losing.cancel()
            await asyncio.sleep(0 if lost.is_set() else WATCH_AGAIN_SECONDS)

    async def _tell(self, changed: Callable[[str, bytes | None], Awaitable[None]]) -> None:
        """Tell every key and then every change, until the watch is lost."""
        with suppress(nats.errors.Error, TemporaryFailure, TimeoutError):
            watcher = await (await self._open()).watchall()
            async for entry in watcher:
                if entry is not None:
                    gone = entry.operation is not None
                    await changed(entry.key, None if gone else entry.value)

    async def _swap(self, key: str, value: bytes, revision: int) -> int:
        """Write under the condition that the key is still at `revision`."""
        with self._answering():
            try:
                return await (await self._open()).update(key, value, last=revision)
            except KeyWrongLastSequenceError as lost:
                raise LostRace(f"{self._name} has moved on") from lost
            except BadRequestError as refused:
                if refused.err_code == WRONG_LAST_SEQUENCE:
                    raise LostRace(f"{self._name} has moved on") from refused
                raise

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Name a bucket that does not answer, or that refuses."""
        try:
            yield
        except (nats.errors.Error, OSError, TimeoutError) as failure:
            what = type(failure).__name__
            raise TemporaryFailure(f"bucket {self._name} did not answer: {what}") from failure

    async def _open(self) -> KeyValue:
        """Open the bucket once."""
        if self._opened is None:
            self._opened = await self._bus.jetstream.key_value(self._name)
        return self._opened
