"""Run triage with what the environment says."""

import sys

import structlog

from common.observability import logging
from common.service import run
from common.settings import BusEnvironment, supervisor
from triage.app import build_app
from triage.policy import PolicyRefused
from triage.settings import TriageSettings

log = structlog.get_logger()


def main() -> int:
    """Run until told to end; a policy that cannot be used is 1, with a line per field."""
    settings = TriageSettings()
    logging.configure("triage", as_json=settings.log_json)
    try:
        app = build_app(settings, BusEnvironment())
    except PolicyRefused as refused:
        for line in str(refused).splitlines():
            log.critical("policy_refused", rule=line)
        return 1
    return run(app, supervisor())


if __name__ == "__main__":
    sys.exit(main())
