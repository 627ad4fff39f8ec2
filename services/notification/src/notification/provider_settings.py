"""What every provider's settings have in common."""

from pydantic import BaseModel, ConfigDict, Field


class ProviderSettings(BaseModel):
    """A provider is live unless `practice` says that it reaches no real person.

    `weight` is its share beside its peers in hundredths, when all is well; `switched_on` false
    takes it out. `per_second` and `burst` bound what one process gives it: a sustained rate, and
    how many may go at once after a pause.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    practice: bool = False
    switched_on: bool = True
    weight: int = Field(default=100, ge=0, le=100)
    per_second: float | None = Field(default=None, gt=0)
    burst: int = Field(default=1, ge=1)
