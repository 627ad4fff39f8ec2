"""What notification is asked: how many people an alert would reach."""

from pydantic import BaseModel, ConfigDict

from common.cap.alert import Alert
from common.events.triage import Audience


class _Words(BaseModel):
    """A question or a reply, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReachQuestion(_Words):
    """How many people would this alert reach, if it went to this audience now?"""

    alert: Alert
    audience: Audience


class Reach(_Words):
    """How many people, and how many recipients on each channel."""

    people: int
    channels: dict[str, int] = {}


class OutcomesQuestion(_Words):
    """What became of the recipients of this alert?"""

    alert_id: str


class ChannelOutcomes(_Words):
    """How many recipients of a channel came to the same end, `open` while they wait."""

    channel: str
    outcome: str
    reason: str
    sentence: str
    recipients: int


class NotReached(_Words):
    """A recipient, known by id, who was not reached."""

    channel: str
    recipient: str
    outcome: str
    reason: str


class OutcomesShown(_Words):
    """The sums of an alert with their reasons, and the first of those who were not reached."""

    alert_id: str
    channels: tuple[ChannelOutcomes, ...]
    not_reached: tuple[NotReached, ...]
