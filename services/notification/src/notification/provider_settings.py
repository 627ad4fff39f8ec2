"""What every provider's settings have in common."""

from datetime import UTC, time
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

THREE_O_CLOCK: Final = time(3, tzinfo=UTC)


class ProviderSettings(BaseModel):
    """A provider is live unless `practice` says that it reaches no real person.

    `weight` is its share beside its peers in hundredths, when all is well; `switched_on` false
    takes it out. `per_second` and `burst` bound what one process gives it: a sustained rate, and
    how many may go at once after a pause. `link_test_address` is the operator's own, and is sent a
    test of the link every so often, counted from `link_test_at` (UTC if no offset stands there).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    practice: bool = False
    switched_on: bool = True
    weight: int = Field(default=100, ge=0, le=100)
    per_second: float | None = Field(default=None, gt=0)
    burst: int = Field(default=1, ge=1)
    link_test_address: str = Field(default="", repr=False)
    link_test_at: time = THREE_O_CLOCK
    link_test_every_seconds: int = Field(default=86_400, ge=60, le=31 * 86_400)
    link_test_receipt_seconds: int = Field(default=600, ge=1, le=86_400)
