"""What an operator may set about triage; what a community decides is in its policy file."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class TriageSettings(BaseSettings):
    """Where triage keeps its register and reads its policy, and how patient it is.

    `policy_file` is TOML; without one the defaults of `triage.policy.Policy` hold.
    """

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_TRIAGE_", frozen=True)

    database_url: str = "sqlite+aiosqlite:///.kentongan/triage/triage.db"
    policy_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8405
    log_json: bool = False
    reach_seconds: float = Field(default=0.5, gt=0, le=5)
    round_seconds: float = Field(default=2.0, gt=0)
