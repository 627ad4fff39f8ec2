"""What intake can be told from outside."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.cap.limits import MOST_BYTES


class IntakeSettings(BaseSettings):
    """Where intake listens and keeps its journal, and how patient it is."""

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_INTAKE_", frozen=True)

    database_url: str = "sqlite+aiosqlite:///.kentongan/intake/intake.db"
    host: str = "127.0.0.1"
    port: int = 8400
    log_json: bool = False
    most_bytes: int = Field(default=MOST_BYTES, gt=0)
    body_seconds: float = Field(default=30.0, gt=0)
    default_life_hours: float = Field(default=24.0, gt=0)
    follow_seconds: float = Field(default=1.0, gt=0)

    @property
    def default_life(self) -> timedelta:
        """How long an alert without `expires` lives from `sent`."""
        return timedelta(hours=self.default_life_hours)
