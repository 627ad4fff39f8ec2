"""What a stage sees of an alert, and what the stages before it have found out."""

from dataclasses import dataclass, replace
from datetime import datetime

from common.cap.alert import Alert
from common.events.intake import AlertAccepted
from common.events.triage import Audience, FollowUp
from common.subjects import Priority
from triage.chain import NOBODY, Earlier, Standing
from triage.life import expires_at, follow_up_of, is_exercise, names_of
from triage.policy import Policy
from triage.verdict import Held, Reason


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a second person has to agree to before the alert goes out."""

    reason: Reason
    sentence: str


@dataclass(frozen=True, slots=True)
class Case:
    """An alert before triage: itself, the rules, the time, what the register knows around it.

    `earlier` is in order of `sent`; `reach` is None where nobody answered or asked; `approver` is
    the second person, once there is one.
    """

    event_id: str
    accepted: AlertAccepted
    policy: Policy
    now: datetime
    earlier: tuple[Earlier, ...] = ()
    duplicate: bool = False
    reach: int | None = None
    approver: str = ""
    standing: Standing | None = None
    info_priorities: tuple[Priority, ...] = ()
    priority: Priority = Priority.ROUTINE
    audience: Audience = NOBODY
    doubts: tuple[Doubt, ...] = ()

    @property
    def alert(self) -> Alert:
        """The CAP alert itself."""
        return self.accepted.alert

    @property
    def alert_id(self) -> str:
        """Its id."""
        return self.accepted.alert_id

    @property
    def follow_up(self) -> FollowUp:
        """What it says it is to its chain."""
        return follow_up_of(self.alert)

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the alerts that it references."""
        return names_of(self.alert)

    @property
    def is_exercise(self) -> bool:
        """Whether it is anything but the real thing."""
        return is_exercise(self.alert)

    @property
    def expires_at(self) -> datetime:
        """When its life ends."""
        return expires_at(self.alert, self.policy.default_life)

    @property
    def place(self) -> Standing:
        """Where it stands in its chain; before that is known, alone."""
        return self.standing or Standing(chain=self.alert_id)

    def doubting(self, reason: Reason, sentence: str) -> "Case":
        """Return the case with one more thing that a second person has to agree to."""
        return replace(self, doubts=(*self.doubts, Doubt(reason, sentence)))

    def held(self, reason: Reason, sentence: str, *, answerable: bool = True) -> Held:
        """Return the verdict that it waits, no longer than it lives."""
        until = min(self.now + self.policy.hold, self.expires_at)
        return Held(reason, sentence, until, answerable)
