"""What the sandbox is told from outside: where it listens, and where it keeps what it received."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The sandbox's settings, read from `KENTONGAN_SANDBOX_…`; port 0 takes a free one.

    Without `sms_http_port` short messages are not taken over HTTP, without `apns_port` there is no
    push service of Apple's kind.
    """

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_SANDBOX_", frozen=True)

    home: Path = Path(".kentongan/sandbox")
    host: str = "127.0.0.1"
    page_port: int = 8401
    push_port: int = 8402
    apns_port: int | None = None
    sms_port: int = 8403
    sms_http_port: int | None = None
    email_port: int = 8404
    sms_password: SecretStr = SecretStr("sandbox")
    receipt_seconds: float = 0.2
    commit_seconds: float = 0.001
