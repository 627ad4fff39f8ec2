"""Logs: an event name in the past tense and fields; a console for people, JSON by setting."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

NEVER_LOGGED: Final = frozenset(
    {"address", "phone", "email", "token", "secret", "key", "password", "authorization"}
)


def configure(service: str, *, as_json: bool) -> None:
    """Set up structlog for this process; the libraries' own logs from warning up."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_addresses,
    ]
    ends: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, *ends],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(message)s")


def _without_addresses(
    _: Any, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blot out what must never be in a log, should anybody pass it."""
    for name in NEVER_LOGGED & event.keys():
        event[name] = "[withheld]"
    return event
