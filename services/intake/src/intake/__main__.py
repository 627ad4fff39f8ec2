"""Run intake with what the environment says."""

import sys

from common.observability import logging
from common.service import run
from common.settings import BusEnvironment, supervisor
from intake.app import build_app
from intake.settings import IntakeSettings


def main() -> int:
    """Run until told to end."""
    settings = IntakeSettings()
    logging.configure("intake", as_json=settings.log_json)
    return run(build_app(settings, BusEnvironment()), supervisor())


if __name__ == "__main__":
    sys.exit(main())
