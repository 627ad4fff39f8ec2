"""What an operator may set about notification; each channel has settings of its own beside it."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from common.subjects import Priority


class NotificationSettings(BaseSettings):
    """Where the stores are, and which lanes this process plans and delivers.

    A process with `desk` also answers for the directory: there is at least one. `cascades_file` is
    TOML; without one everybody is told on all of their channels at once.
    """

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_NOTIFICATION_", frozen=True)

    directory_url: str = "sqlite+aiosqlite:///.kentongan/notification/directory.db"
    delivery_url: str = "sqlite+aiosqlite:///.kentongan/notification/delivery.db"
    lanes: tuple[Priority, ...] = tuple(Priority)
    desk: bool = True
    providers_file: Path = Path(".kentongan/providers.toml")
    cascades_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8406
    log_json: bool = False

    @property
    def is_immediate_alone(self) -> bool:
        """Whether this process is for the immediate lane, with what providers have set apart."""
        return self.lanes == (Priority.IMMEDIATE,)

    @property
    def has_lanes_apart(self) -> bool:
        """Whether the immediate lane has a process of its own, this one or another."""
        return self.is_immediate_alone or Priority.IMMEDIATE not in self.lanes

    @property
    def tests_links(self) -> bool:
        """Whether this process has links to test: the routine lane's, or those set apart."""
        return self.is_immediate_alone or Priority.ROUTINE in self.lanes
