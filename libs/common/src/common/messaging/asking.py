"""Questions and commands that need an answer now: request and reply in a queue group."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import nats.errors
import structlog
from faststream.nats import NatsMessage
from nats.aio.msg import Msg
from pydantic import BaseModel, ValidationError

from common.messaging.broker import Bus
from common.messaging.failures import NoAnswer, TemporaryFailure
from common.problems import Breach, Problem, Refusal

STATUS: Final = "status"
AT_ONCE: Final = 16

Q = TypeVar("Q", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)
Answering = Callable[[Q, Mapping[str, str]], Awaitable[BaseModel]]
log = structlog.get_logger()


async def ask(
    bus: Bus,
    subject: str,
    question: BaseModel,
    reply: type[R],
    *,
    timeout: float = 2.0,  # noqa: ASYNC109 - part of the conversation, as in nats-py
    headers: Mapping[str, str] | None = None,
) -> R:
    """Ask a service and return its reply; `Refusal` is its no, `NoAnswer` its silence (seconds)."""
    body = question.model_dump_json(by_alias=True).encode()
    try:
        message = await bus.client.request(
            subject, body, timeout=timeout, headers=dict(headers or {}) or None
        )
    except (nats.errors.Error, OSError, TimeoutError) as silence:
        raise NoAnswer(f"nobody answered {subject}") from silence
    if (message.headers or {}).get(STATUS, "200") != "200":
        raise Refusal(Problem.model_validate_json(message.data))
    return reply.model_validate_json(message.data)


def answer(bus: Bus, subject: str, question: type[Q], answering: Answering[Q]) -> None:
    """Answer a question in the service's queue group; `Refusal` goes back as a problem document."""

    async def hear(message: NatsMessage) -> None:
        raw = message.raw_message
        status, body = await _answered(raw, question, answering)
        await bus.client.publish(raw.reply, body, headers={STATUS: str(status)})

    subscribe = bus.broker.subscriber(
        subject, queue=bus.service, no_reply=True, decoder=_undecoded, max_workers=AT_ONCE
    )
    subscribe(hear)


async def _undecoded(message: Any) -> Any:
    """Leave decoding to us."""
    return message


async def _answered(message: Msg, question: type[Q], answering: Answering[Q]) -> tuple[int, bytes]:
    """Return the status and the body of a reply."""
    try:
        asked = question.model_validate_json(message.data)
    except ValidationError as wrong:
        return _problem(unreadable(wrong))
    try:
        reply = await answering(asked, dict(message.headers or {}))
    except Refusal as refusal:
        return _problem(refusal.problem)
    except TemporaryFailure as failure:
        return _problem(Problem.of(503, "not-now", failure.reason).after(failure.retry_after))
    return 200, reply.model_dump_json(by_alias=True).encode()


def unreadable(wrong: ValidationError) -> Problem:
    """Say which fields of a question break which rule."""
    breaches = (
        Breach(field=".".join(map(str, each["loc"])), rule=each["type"], sentence=each["msg"])
        for each in wrong.errors(include_url=False, include_input=False, include_context=False)
    )
    return Problem.of(422, "unreadable-question", "the question cannot be read", *breaches)


def _problem(problem: Problem) -> tuple[int, bytes]:
    """Return a problem as a reply."""
    return problem.status, problem.body()
