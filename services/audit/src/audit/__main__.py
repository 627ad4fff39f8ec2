"""Run audit with what the environment says."""

import os
import sys

from pydantic_settings import BaseSettings, SettingsConfigDict

from audit.app import build_app
from audit.settings import AuditSettings
from common.messaging import BusSettings
from common.observability import logging
from common.service import PARENT, run


class _BusEnvironment(BusSettings, BaseSettings):
    """How the environment tells us to reach the bus."""

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_BUS_")


def main() -> int:
    """Run until told to end."""
    settings = AuditSettings()
    logging.configure("audit", as_json=settings.log_json)
    parent = os.environ.get(PARENT)
    return run(build_app(settings, _BusEnvironment()), int(parent) if parent else None)


if __name__ == "__main__":
    sys.exit(main())
