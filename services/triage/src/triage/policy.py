"""What a community has decided beforehand: who must agree, how wide is wide, how long to wait."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from common.cap.codes import Scope, Status
from common.subjects import Priority

Group = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Hours = Annotated[float, Field(gt=0, le=720)]
People = Annotated[int, Field(ge=0)]


class PolicyRefused(Exception):  # noqa: N818 - what intake does to an alert, done to a policy
    """A policy that cannot be used; the text has a line per field, with the rule it breaks."""


class _Part(BaseModel):
    """A frozen part of a policy that knows no strangers."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TwoPeopleRule(_Part):
    """Alerts that need a second person: every list that is given must name the alert's own."""

    senders: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ()
    scopes: tuple[Scope, ...] = ()
    statuses: tuple[Status, ...] = ()

    @model_validator(mode="after")
    def _names_something(self) -> "TwoPeopleRule":
        """Refuse a rule that would match every alert because it was left empty."""
        if not (self.senders or self.priorities or self.scopes or self.statuses):
            raise ValueError("a rule names senders, priorities, scopes or statuses")
        return self

    def wants(self, sender: str, priority: Priority, scope: Scope, status: Status) -> bool:
        """Tell whether an alert like this needs a second person."""
        return (
            (not self.senders or sender in self.senders)
            and (not self.priorities or priority in self.priorities)
            and (not self.scopes or scope in self.scopes)
            and (not self.statuses or status in self.statuses)
        )


class PlaceGroup(_Part):
    """A geocode that stands for groups of the directory: CAP's `valueName`, `value`, the groups."""

    value_name: str
    value: str
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]


class AudienceLimits(_Part):
    """How many people one alert may reach in each lane before a second person must agree."""

    immediate: People = 50_000
    priority: People = 20_000
    routine: People = 10_000

    def of(self, priority: Priority) -> int:
        """Return the limit of a lane."""
        return {
            Priority.IMMEDIATE: self.immediate,
            Priority.PRIORITY: self.priority,
            Priority.ROUTINE: self.routine,
        }[priority]


class Policy(_Part):
    """A community's own rules; the defaults suit a village, where one person may have to do."""

    default_life_hours: Hours = 24.0
    hold_hours: Hours = 4.0
    scopes: tuple[Scope, ...] = tuple(Scope)
    everyone: bool = False
    practice_groups: tuple[Group, ...] = ("practice",)
    audience_limits: AudienceLimits = AudienceLimits()
    two_people: tuple[TwoPeopleRule, ...] = ()
    place_groups: tuple[PlaceGroup, ...] = ()

    @property
    def default_life(self) -> timedelta:
        """How long an alert lives that does not say so."""
        return timedelta(hours=self.default_life_hours)

    @property
    def hold(self) -> timedelta:
        """How long a held alert waits at most."""
        return timedelta(hours=self.hold_hours)


def read_policy(path: Path | None) -> Policy:
    """Read a policy from a TOML file, the defaults without one; else `PolicyRefused`."""
    if path is None:
        return Policy()
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as failure:
        raise PolicyRefused(f"{path}: cannot be read ({failure.strerror})") from failure
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise PolicyRefused(f"{path}: this is not TOML: {wrong}") from wrong
    except ValidationError as wrong:
        raise PolicyRefused("\n".join(_broken_rules(path, wrong))) from wrong


def _broken_rules(path: Path, wrong: ValidationError) -> list[str]:
    """Say for each field that is wrong which rule it breaks."""
    return [
        f"{path}: {'.'.join(map(str, each['loc'])) or 'the policy'}: {each['msg']} [{each['type']}]"
        for each in wrong.errors(include_url=False, include_context=False, include_input=False)
    ]
