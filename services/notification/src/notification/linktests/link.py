"""A link: one provider as one kind of process reaches it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """The connections of a provider; the immediate lane has its own if it has its own settings."""

    channel: str
    provider: str
    immediate: bool = False

    @property
    def label(self) -> str:
        """Return its name within the channel, as the tables of the file are named."""
        return f"{self.provider}.immediate" if self.immediate else self.provider

    @property
    def name(self) -> str:
        """Return its whole name."""
        return f"{self.channel}.{self.label}"
