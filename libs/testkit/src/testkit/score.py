"""Promises as a score: `at(0).publish(flood)`, `within(1).expect(sms(to=anna).saying("flood"))`.

Steps are played one after the other. `at` waits for a second of the score; `within` gives a world
so many seconds since the last thing that was done to it, and `during` has it stand still so long.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from common.cap import Alert
from testkit.expectations import Expectation, Message
from testkit.hamlet import Person
from testkit.scene import Scene

LOOK_SECONDS: Final = 0.05


@dataclass(slots=True)
class Stage:
    """A scene while a score is played: when it began, and when it was last touched."""

    scene: Scene
    began: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)


Step = Callable[[Stage], Awaitable[None]]


async def play(scene: Scene, *steps: Step) -> None:
    """Play a score from its beginning to its end; `AssertionError` says what did not come."""
    stage = Stage(scene)
    for step in steps:
        await step(stage)


@dataclass(frozen=True, slots=True)
class At:
    """A second of the score at which something is done."""

    seconds: float

    def publish(self, alert: Alert) -> Step:
        """Submit an alert, which must be accepted."""
        return self.do(lambda scene: scene.publish(alert))

    def move_in(self, *people: Person) -> Step:
        """Put people into the directory."""
        return self.do(lambda scene: scene.move_in(*people))

    def move_out(self, *people: Person) -> Step:
        """Take people out of the directory."""
        return self.do(lambda scene: scene.move_out(*people))

    def tell(self, channel: str, **fault: object) -> Step:
        """Have a provider misbehave, or behave again."""
        return self.do(lambda scene: scene.tell(channel, **fault))

    def kill(self, *parts: str) -> Step:
        """End parts with SIGKILL."""

        async def kill(scene: Scene) -> None:
            for name in parts:
                scene.world.parts[name].kill()

        return self.do(kill)

    def start(self, *parts: str) -> Step:
        """Start parts, and wait until they are ready."""
        return self.do(lambda scene: asyncio.to_thread(scene.world.start_parts, parts))

    def do(self, what: Callable[[Scene], Awaitable[object]]) -> Step:
        """Do something that has no word of its own here."""

        async def step(stage: Stage) -> None:
            await asyncio.sleep(max(0.0, stage.began + self.seconds - time.monotonic()))
            await what(stage.scene)
            stage.touched = time.monotonic()

        return step


@dataclass(frozen=True, slots=True)
class Within:
    """So many seconds for something to become true."""

    seconds: float

    def expect(self, *expected: Expectation) -> Step:
        """Expect all of these."""

        async def step(stage: Stage) -> None:
            for each in expected:
                await self._come_true(each, stage)

        return step

    async def _come_true(self, expected: Expectation, stage: Stage) -> None:
        """Look again and again; the last look is after the end."""
        while True:
            over = time.monotonic() - stage.touched > self.seconds
            missing = await expected.missing(stage.scene)
            if missing is None:
                return
            if over:
                raise AssertionError(f"not within {self.seconds:g} s: {missing}")
            await asyncio.sleep(LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class During:
    """So many seconds in which something must not happen, or must stay as it is."""

    seconds: float

    def expect_still(self, *expected: Expectation) -> Step:
        """Expect that all of these are so at the end."""

        async def step(stage: Stage) -> None:
            await self._pass(stage)
            changed = [missing for each in expected if (missing := await each.missing(stage.scene))]
            if changed:
                raise AssertionError(f"this should have stayed: {'; '.join(changed)}")

        return step

    def expect_no(self, *unwanted: Message) -> Step:
        """Expect that none of these ever comes."""

        async def step(stage: Stage) -> None:
            await self._pass(stage)
            came = [str(each) for each in unwanted if each.found(stage.scene)]
            if came:
                raise AssertionError(f"this should not have come: {'; '.join(came)}")

        return step

    async def _pass(self, stage: Stage) -> None:
        """Let the time pass."""
        await asyncio.sleep(max(0.0, stage.touched + self.seconds - time.monotonic()))


def at(seconds: float) -> At:
    """Return a second of the score."""
    return At(seconds)


def within(seconds: float) -> Within:
    """Return so much time for the world."""
    return Within(seconds)


def during(seconds: float) -> During:
    """Return so much time in which nothing happens."""
    return During(seconds)
