"""Run audit with what the environment says."""

import sys

import structlog

from audit.adapters.files import KeyGone
from audit.app import build_app
from audit.settings import AuditSettings
from common.observability import logging
from common.service import run
from common.settings import BusEnvironment, supervisor

log = structlog.get_logger()


def main() -> int:
    """Run until told to end; a key that is gone or not ours alone is 1, and a line that says so."""
    settings = AuditSettings()
    logging.configure("audit", as_json=settings.log_json)
    try:
        app = build_app(settings, BusEnvironment())
    except KeyGone as gone:
        log.critical("key_refused", reason=str(gone))
        return 1
    return run(app, supervisor())


if __name__ == "__main__":
    sys.exit(main())
