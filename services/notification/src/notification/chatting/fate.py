"""What Apprise's services answered, as it says so only in its log."""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException, SSLError
from urllib3.exceptions import NameResolutionError, NewConnectionError

LOGGER: Final = "apprise"
STATUS: Final = re.compile(r"error=(\d{3})\b")
NOT_SENT: Final = (ConnectTimeout, SSLError, NewConnectionError, NameResolutionError)


@dataclass(slots=True)
class Fate:
    """The statuses that a service answered with when it did not take something, and what failed."""

    statuses: list[int] = field(default_factory=list)
    errors: list[RequestException] = field(default_factory=list)

    @property
    def was_not_connected(self) -> bool:
        """Whether nothing was sent, because there never was a connection."""
        return bool(self.errors) and all(map(_was_not_connected, self.errors))

    @property
    def was_overdue(self) -> bool:
        """Whether somebody was connected to, and did not answer in time."""
        return any(isinstance(error, ReadTimeout) for error in self.errors)


class _Listener(logging.Handler):
    """Hears what Apprise logs in each thread, and passes it to whoever listens there."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._here = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a status or an error; nothing that Apprise says goes any further."""
        fate: Fate | None = getattr(self._here, "fate", None)
        if fate is None:
            return
        values = record.args if isinstance(record.args, tuple) else ()
        fate.errors += [each for each in values if isinstance(each, RequestException)]
        if found := STATUS.search(record.getMessage()):
            fate.statuses.append(int(found[1]))

    @contextmanager
    def heard(self) -> Iterator[Fate]:
        """Listen in this thread until the block ends."""
        self._here.fate = Fate()
        try:
            yield self._here.fate
        finally:
            self._here.fate = None


_LISTENER: Final = _Listener()


@contextmanager
def fate_of_what_is_said() -> Iterator[Fate]:
    """Collect what Apprise logs in this thread about one notification.

    Its log holds addresses, which are secrets, so it goes nowhere else.
    """
    logger = logging.getLogger(LOGGER)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    if _LISTENER not in logger.handlers:
        logger.addHandler(_LISTENER)
    with _LISTENER.heard() as fate:
        yield fate


def _was_not_connected(error: BaseException) -> bool:
    """Tell whether it, or what it was raised for, is a connection that was never made."""
    causes = [error, *error.args, *(getattr(each, "reason", None) for each in error.args)]
    return any(isinstance(each, NOT_SENT) for each in causes)
