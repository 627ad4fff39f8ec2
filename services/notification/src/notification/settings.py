"""What an operator may set about notification; each channel has settings of its own beside it."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from common.subjects import Priority


class NotificationSettings(BaseSettings):
    """Where the stores are, and which lanes this process plans and delivers.

    A process with `desk` also answers for the directory: there is at least one.
    """

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_NOTIFICATION_", frozen=True)

    directory_url: str = "sqlite+aiosqlite:///.kentongan/notification/directory.db"
    delivery_url: str = "sqlite+aiosqlite:///.kentongan/notification/delivery.db"
    lanes: tuple[Priority, ...] = tuple(Priority)
    desk: bool = True
    providers_file: Path = Path(".kentongan/providers.toml")
    host: str = "127.0.0.1"
    port: int = 8406
    log_json: bool = False
