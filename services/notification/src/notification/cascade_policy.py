"""In which lanes a person's channels are tried in turn, as an operator writes it in a TOML file.

[routine]                             # a lane; one left out tells people on all channels at once
channels = ["push", "email", "sms"]   # in this order; channels left out go with the first
patience_seconds = { push = 300 }     # how long one is waited for, if not the time of the lane
"""

import asyncio
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Final, Literal

import structlog
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from common.observability import rings
from common.subjects import Priority
from notification.cascade import Cascade, Step

LOOK_SECONDS: Final = 1.0
CONDITION: Final = "cascade_policy_refused"
TOGETHER: Final = "together"
PATIENCE_SECONDS: Final = {
    Priority.IMMEDIATE: 60.0,
    Priority.PRIORITY: 300.0,
    Priority.ROUTINE: 1_800.0,
}
Patience = Annotated[float, Field(ge=1, le=86_400)]

log = structlog.get_logger()


class CascadesRefused(ValueError):  # noqa: N818 - a fact that an operator mends
    """The file cannot be used; the text has a line per field, with the rule it breaks."""


class _Lane(BaseModel):
    """How the channels of a person are used in one lane."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: Literal["together"] | tuple[str, ...] = TOGETHER
    patience_seconds: dict[str, Patience] = {}

    @field_validator("channels", mode="after")
    @classmethod
    def _are_ours(cls, value: str | tuple[str, ...], info: ValidationInfo) -> object:
        """Refuse channels that are not there, come twice, or have nothing to come after."""
        if isinstance(value, str):
            return value
        known: Collection[str] = (info.context or {})["channels"]
        if strangers := [each for each in value if each not in known]:
            raise ValueError(f"{', '.join(strangers)}: channels are {', '.join(sorted(known))}")
        if len(set(value)) < len(value):
            raise ValueError("a channel is named once")
        if not value:
            raise ValueError(f'it names channels in order, or is "{TOGETHER}"')
        return value

    @model_validator(mode="after")
    def _waits_where_it_tries(self) -> "_Lane":
        """Refuse patience with a channel that is not tried in turn."""
        for channel in self.patience_seconds:
            if channel not in self.channels or isinstance(self.channels, str):
                raise ValueError(f"patience_seconds.{channel}: it is none of `channels`")
        return self


class CascadePolicy(BaseModel):
    """How channels are used, lane by lane; without a word about it all at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    immediate: _Lane = _Lane()
    priority: _Lane = _Lane()
    routine: _Lane = _Lane()

    def cascade_of(self, lane: Priority) -> Cascade | None:
        """Return in which order channels are tried in a lane; None means all at once."""
        known: _Lane = getattr(self, lane.value)
        if isinstance(known.channels, str):
            return None
        patience = dict.fromkeys(known.channels, PATIENCE_SECONDS[lane]) | known.patience_seconds
        return Cascade(tuple(Step(name, patience[name]) for name in known.channels))


class CascadeFile:
    """The policy as the file says, read again when it changes; one that is wrong changes nothing.

    Without a file everybody is told on all of their channels at once.
    """

    def __init__(self, file: Path | None, channels: Collection[str]) -> None:
        self._file = file
        self._channels = channels
        self._text = ""
        self._policy = CascadePolicy()

    def open(self) -> None:
        """Take what the file says; what is wrong with it is `CascadesRefused`."""
        self._take(self._read())

    def cascade_of(self, lane: Priority) -> Cascade | None:
        """Return in which order channels are tried in a lane now; None means all at once."""
        return self._policy.cascade_of(lane)

    async def follow(self) -> None:
        """Look for ever whether the file has changed."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Take what the file says now; what is wrong is said, and all stays as it is."""
        try:
            text = self._read()
            if is_new := text != self._text:
                self._take(text)
        except CascadesRefused as refused:
            rings.ring(CONDITION, reason=str(refused))
            return
        rings.quiet(CONDITION)
        if is_new:
            log.info("cascade_policy_changed", policy=self._policy.model_dump(mode="json"))

    def _read(self) -> str:
        try:
            return "" if self._file is None else self._file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as failure:
            raise CascadesRefused(f"{self._file}: it cannot be read: {failure}") from failure

    def _take(self, text: str) -> None:
        try:
            self._policy = read_policy(text, self._channels)
        except CascadesRefused as refused:
            lines = str(refused).splitlines()
            raise CascadesRefused("\n".join(f"{self._file}: {each}" for each in lines)) from None
        self._text = text


def read_policy(text: str, channels: Collection[str]) -> CascadePolicy:
    """Read a policy, whole or not at all: `CascadesRefused` names each field and its rule."""
    try:
        return CascadePolicy.model_validate(tomllib.loads(text), context={"channels": channels})
    except tomllib.TOMLDecodeError as wrong:
        raise CascadesRefused(f"it is no TOML: {wrong}") from None
    except ValidationError as wrong:
        raise CascadesRefused("\n".join(_broken_rules(wrong))) from None


def _broken_rules(wrong: ValidationError) -> list[str]:
    """Say for each field that is wrong which rule it breaks."""
    return [
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
        for each in wrong.errors(include_url=False, include_context=False, include_input=False)
    ]
