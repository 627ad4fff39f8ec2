"""Run notification with what the environment says."""

import sys

from common.observability import logging
from common.service import run
from common.settings import BusEnvironment, supervisor
from notification.app import build_app
from notification.manifest import load_channels
from notification.settings import NotificationSettings


def main() -> int:
    """Run until told to end; a channel that cannot be loaded ends it at once."""
    settings = NotificationSettings()
    logging.configure("notification", as_json=settings.log_json)
    kinds = load_channels()
    return run(build_app(settings, BusEnvironment(), kinds), supervisor())


if __name__ == "__main__":
    sys.exit(main())
