"""What one test does in a world: over HTTP as a publisher, over NATS as the operator."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

import httpx
from pydantic import BaseModel

from common import subjects
from common.cap import Alert, alert_id, write_xml
from common.messaging import Bus, ask
from common.messaging.failures import NoAnswer
from common.questions.audit import Counts, CountsQuestion, Verified, VerifyQuestion
from common.questions.intake import AlertShown, KeyCreated, KeyRequest
from kentongan.directory import import_people
from kentongan.operator import operator_bus
from sandbox.witness import Received
from testkit.builders import SENDER
from testkit.hamlet import Hamlet, Person
from testkit.world import ALL, AS_USUAL, Providers, Settings, World

CAP_XML: Final = "application/cap+xml"
CHANNELS: Final = ("sms", "email", "push")
TRIES: Final = 20

R = TypeVar("R", bound=BaseModel)


class Scene:
    """One test's place in a world, with a publisher's key of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hamlet = Hamlet()
        self.publisher = ""
        self._held = AsyncExitStack()
        self._bus: Bus | None = None
        self.http = httpx.AsyncClient(
            base_url=world.home.address("api"), timeout=15.0, trust_env=False
        )

    async def __aenter__(self) -> Self:
        self.publisher = (await self.key("publisher", "publish", "exercise")).secret
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.leave_the_bus()
        await self.http.aclose()

    async def ask(self, subject: str, question: BaseModel, reply: type[R], **more: Any) -> R:
        """Ask as the operator; a service that has just started may be asked again."""
        for _ in range(TRIES):
            with suppress(NoAnswer):
                return await ask(await self.bus(), subject, question, reply, **more)
            await asyncio.sleep(0.1)
        return await ask(await self.bus(), subject, question, reply, **more)

    async def bus(self) -> Bus:
        """Return the bus as the operator sees it."""
        if self._bus is None:
            self._bus = await self._held.enter_async_context(operator_bus(self.world.home.path))
        return self._bus

    async def leave_the_bus(self) -> None:
        """Let go of the bus, before it is stopped."""
        self._bus = None
        await self._held.aclose()

    async def key(
        self, name: str, *may: str, senders: Sequence[str] = (SENDER,), **more: Any
    ) -> KeyCreated:
        """Have a key given out."""
        wish = {"name": f"{name} {uuid.uuid4().hex[:8]}", "senders": tuple(senders), "may": may}
        request = KeyRequest.model_validate({"quota_per_minute": 100_000, **wish, **more})
        return await self.ask(subjects.INTAKE_KEYS_CREATE, request, KeyCreated)

    async def submit(
        self, content: Alert | bytes, key: str | None = None, **headers: str
    ) -> httpx.Response:
        """Submit an alert as it is, and return the answer."""
        body = write_xml(content) if isinstance(content, Alert) else content
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"content-type": CAP_XML, **bearer(key or self.publisher), **named}
        return await self.http.post("/v1/alerts", content=body, headers=sent)

    async def publish(self, alert: Alert, **headers: str) -> str:
        """Submit an alert that must be accepted, and return its id."""
        answer = await self.submit(alert, **headers)
        if answer.status_code != HTTPStatus.ACCEPTED:
            raise AssertionError(f"intake answered {answer.status_code}: {answer.text}")
        return str(answer.json()["alert_id"])

    async def shown(self, alert: Alert) -> AlertShown:
        """Return how far an alert came."""
        answer = await self.http.get(f"/v1/alerts/{id_of(alert)}", headers=bearer(self.publisher))
        return AlertShown.model_validate_json(answer.raise_for_status().content)

    async def counts(self, alert: Alert) -> Counts:
        """Return the sums of an alert, as the ledger has them."""
        question = CountsQuestion(alert_id=id_of(alert))
        return await self.ask(subjects.AUDIT_COUNTS, question, Counts)

    async def verified(self) -> Verified:
        """Return what audit finds in its ledger."""
        return await self.ask(subjects.AUDIT_VERIFY, VerifyQuestion(), Verified, timeout=30)

    async def move_in(self, *people: Person) -> None:
        """Put people into the directory, with a browser each for those who want push."""
        for fate in {person.push_fate for person in people if person.wants_push}:
            waiting = [
                each for each in people
                if each.wants_push and each.push_fate == fate and not each.push
            ]  # fmt: skip
            given = await self._subscriptions(len(waiting), fate)
            for person, subscription in zip(waiting, given, strict=True):
                person.push = subscription
        await import_people(await self.bus(), [person.row() for person in people])

    async def move_out(self, *people: Person) -> None:
        """Take people out of the directory."""
        rows = [{"person": person.id, "remove": "yes"} for person in people]
        await import_people(await self.bus(), rows)

    async def tell(self, channel: str, **fault: object) -> None:
        """Have a provider of the sandbox behave in some way; without one, normally."""
        address = f"{self.world.home.address('page')}/control/{channel}"
        (await self.http.put(address, json=fault)).raise_for_status()

    async def ringing(self, name: str) -> list[str]:
        """Return what rings in a part."""
        found: list[str] = (await self.http.get(self.world.parts[name].health)).json()["ringing"]
        return found

    def received(self, channel: str) -> list[Received]:
        """Return what was received on a channel, in order."""
        return self.world.received(channel)

    def store(self, service: str, name: str) -> Path:
        """Return the file of a service's store."""
        return self.world.home.path / service / f"{name}.db"

    async def _subscriptions(self, count: int, fate: str) -> list[dict[str, Any]]:
        """Have the push service give out subscriptions."""
        if not count:
            return []
        address = f"{self.world.home.address('push')}/subscriptions"
        answer = await self.http.post(address, json={"count": count, "fate": fate})
        found: list[dict[str, Any]] = answer.raise_for_status().json()["subscriptions"]
        return found


class MakesScene(Protocol):
    """Make a world of one's own, to break parts of it."""

    async def __call__(
        self,
        parts: Sequence[str] = ALL,
        settings: Settings = AS_USUAL,
        providers: Providers = AS_USUAL,
    ) -> Scene:
        """Return a scene in it when all of it is ready."""
        ...


def id_of(alert: Alert) -> str:
    """Return by which id an alert is known."""
    return alert_id(alert.key)


def bearer(key: str) -> dict[str, str]:
    """Return the header that shows a key."""
    return {"authorization": f"Bearer {key}"}
