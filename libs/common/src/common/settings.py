"""What every service reads from the environment: how to reach the bus, and whose child it is."""

import os

from pydantic_settings import BaseSettings, SettingsConfigDict

from common.messaging import BusSettings
from common.service import PARENT


class BusEnvironment(BusSettings, BaseSettings):
    """How to reach the bus, from `KENTONGAN_BUS_URL`, `_USER` and `_PASSWORD`."""

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_BUS_", frozen=True)


def supervisor() -> int | None:
    """Return the process id of the supervisor, where there is one."""
    named = os.environ.get(PARENT)
    return int(named) if named else None
