"""Logs: an event name in the past tense and fields; a console for people, JSON by setting."""

import logging
import sys
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from typing import Any, Final, TextIO

import structlog
from structlog.typing import Processor

NEVER_LOGGED: Final = frozenset(
    {"address", "phone", "email", "token", "secret", "key", "password", "authorization"}
)


class Unfailing:
    """A stream of text that loses what it cannot write: a full disk is no reason to stop."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write, if it can be written."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Flush, if it can be written."""
        with suppress(OSError):
            self._stream.flush()


def unfailing_loggers(stream: TextIO) -> structlog.WriteLoggerFactory:
    """Return what makes loggers that lose what they cannot write."""
    return structlog.WriteLoggerFactory(Unfailing(stream))  # type: ignore[arg-type] # all it needs


def configure(service: str, *, as_json: bool) -> None:
    """Set up structlog for this process, and the libraries' own logs, from warning up, like it.

    A traceback has no values of variables: an address may be among them, and to write all of them
    takes a second in which nobody is told anything.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_addresses,
    ]
    ends: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[*shared, *ends],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=unfailing_loggers(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    _let_libraries_speak(shared, ends)


def _let_libraries_speak(shared: Sequence[Processor], ends: Sequence[Processor]) -> None:
    """Write what libraries log in the same form; one that writes its own would break the JSON."""
    forms = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, _named],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends],
    )
    handler = logging.StreamHandler(Unfailing(sys.stderr))
    handler.setFormatter(forms)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _named(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say which library it is."""
    event["library"] = event["_record"].name
    return event


def _without_addresses(
    _: Any, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blot out what must never be in a log, should anybody pass it."""
    for name in NEVER_LOGGED & event.keys():
        event[name] = "[withheld]"
    return event
