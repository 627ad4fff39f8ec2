"""What an operator may set about audit."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AuditSettings(BaseSettings):
    """Where audit keeps the ledger, its key and its checkpoints, and how often it signs.

    `origin` names the ledger in its checkpoints for ever. A checkpoint is signed after so many
    entries, or after so many seconds if there is a new entry.
    """

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_AUDIT_", frozen=True)

    database_url: str = "sqlite+aiosqlite:///.kentongan/audit/audit.db"
    folder: Path = Path(".kentongan/audit")
    origin: str = Field("kentongan.local/ledger", pattern=r"^[^\s+]+$")
    checkpoint_entries: int = Field(500, gt=0)
    checkpoint_seconds: float = Field(10.0, gt=0)
    host: str = "127.0.0.1"
    port: int = 8408
    log_json: bool = False

    @property
    def key_file(self) -> Path:
        """The private key: for its owner only, outside the database."""
        return self.folder / "key"

    @property
    def public_key_file(self) -> Path:
        """The public half, to be copied to wherever the ledger may be verified."""
        return self.folder / "key.pub"

    @property
    def checkpoint_file(self) -> Path:
        """The checkpoints outside the database."""
        return self.folder / "checkpoints.txt"
