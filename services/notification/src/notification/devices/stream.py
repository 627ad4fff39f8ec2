"""One request on an HTTP/2 connection: what came of it so far, and what its end means."""

import asyncio
from dataclasses import dataclass, field

from notification.web.answered import Answered


class NotSentError(Exception):
    """The request was surely not taken."""


class LeavingError(NotSentError):
    """The other side takes no more on this connection; a new one may do."""


@dataclass(slots=True)
class Stream:
    """A request that is written, and what came of it so far."""

    answer: "asyncio.Future[Answered]"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    def end(self) -> None:
        """Give the answer, whole."""
        if not self.answer.done():
            status = int(self.headers.get(":status", 0))
            self.answer.set_result(Answered(status, self.headers, bytes(self.body)))

    def fail(self, failure: Exception) -> None:
        """Give no answer."""
        if not self.answer.done():
            self.answer.set_exception(failure)
            self.answer.exception()
