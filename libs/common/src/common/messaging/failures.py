"""What can go wrong with a message, named by whoever meets it."""


class TemporaryFailure(Exception):  # noqa: N818 - the field's own word, here and in HOUSE_STYLE
    """It may go well later: come again after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float = 1.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class PermanentFailure(Exception):  # noqa: N818 - the field's own word
    """It will never go well: give it up and say why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotPublished(TemporaryFailure):
    """The stream did not acknowledge; whether it has the event is not known."""


class StreamFull(NotPublished):
    """The stream is at its limit and refuses what is new."""


class NoAnswer(TemporaryFailure):
    """Nobody answered the question in time."""


class LostRace(TemporaryFailure):
    """Somebody else changed the key first."""


class Undecodable(PermanentFailure):
    """The message cannot be read."""


class BusDiffers(Exception):  # noqa: N818 - a fact about the bus
    """What a service needs of the bus is missing or differs; `differences` has a line for each."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__("; ".join(differences))
        self.differences = differences
