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
