"""What can go wrong in a session, each by its own name."""

from smpp.codes import CommandStatus, status_name

THROTTLING = frozenset({CommandStatus.ESME_RTHROTTLED, CommandStatus.ESME_RMSGQFUL})


class SmppError(Exception):
    """Anything that this library raises."""


class CommandRefusedError(SmppError):
    """The peer answered a request with a command_status other than ESME_ROK.

    A server's handler raises it to answer with that status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status_name(status))
        self.status = status

    @property
    def name(self) -> str:
        """Return the status as the specification names it, as in ESME_RINVDSTADR."""
        return status_name(self.status)


class ThrottledError(CommandRefusedError):
    """The SMSC wants less or later: ESME_RTHROTTLED or ESME_RMSGQFUL; nothing was accepted."""


class BindRefusedError(CommandRefusedError):
    """The SMSC did not let us in; its session is closed."""


class MalformedPduError(SmppError):
    """Octets that are no PDU of SMPP 3.4; `status` is what the peer is answered."""

    def __init__(self, reason: str, status: int = CommandStatus.ESME_RINVCMDLEN) -> None:
        super().__init__(reason)
        self.status = status


class NotConnectedError(SmppError):
    """There is no bound session; the request was certainly not sent."""


class WindowFullError(SmppError):
    """As many requests wait for a response as the window holds; nothing was sent."""


class UnknownResultError(SmppError):
    """The request was written and the session ended before its response: possibly accepted."""


class ResponseTimeoutError(UnknownResultError):
    """The request was written and no response came in time: possibly accepted."""


class PartlySubmittedError(SmppError):
    """Some segments of a long message were accepted and some were not.

    `results` holds, in the order of the segments, a message_id or the error of that segment.
    """

    def __init__(self, results: "tuple[str | SmppError, ...]") -> None:
        accepted = sum(isinstance(result, str) for result in results)
        super().__init__(f"{accepted} of {len(results)} segments were accepted")
        self.results = results


def refusal(status: int) -> CommandRefusedError:
    """Return the error that stands for a command_status."""
    kind = ThrottledError if status in THROTTLING else CommandRefusedError
    return kind(status)
