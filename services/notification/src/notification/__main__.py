"""Run notification with what the environment says."""

import sys

import structlog

from common.observability import logging
from common.service import run
from common.settings import BusEnvironment, supervisor
from notification.app import build_app
from notification.cascade_policy import CascadesRefused
from notification.manifest import load_channels
from notification.settings import NotificationSettings

log = structlog.get_logger()


def main() -> int:
    """Run until told to end; a channel that cannot be loaded ends it at once.

    A file of cascades that cannot be used is 1, with a line per field.
    """
    settings = NotificationSettings()
    logging.configure("notification", as_json=settings.log_json)
    kinds = load_channels()
    try:
        app = build_app(settings, BusEnvironment(), kinds)
    except CascadesRefused as refused:
        for line in str(refused).splitlines():
            log.critical("cascade_policy_refused", rule=line)
        return 1
    return run(app, supervisor())


if __name__ == "__main__":
    sys.exit(main())
