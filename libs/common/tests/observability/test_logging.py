"""A log has an event in the past tense and fields; it never has an address."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from common.observability.logging import configure


def test_a_line_is_json_and_withholds_what_nobody_may_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = structlog.get_config()
    try:
        configure("triage", as_json=True)
        structlog.get_logger().info("alert_released", alert_id="a1", address="+62811", token="t")
    finally:
        structlog.configure(**before)
        structlog.contextvars.clear_contextvars()
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == "alert_released"
    assert line["service"] == "triage"
    assert "+62811" not in str(line)
    assert line["token"] == "[withheld]"


SPEAKS = """
import logging
from common.observability.logging import configure
configure("triage", as_json={as_json})
logging.getLogger("nats.aio").warning("slow consumer on %s", "alert.accepted")
logging.getLogger("nats.aio").info("a detail")
try:
    raise ValueError("torn skin")
except ValueError:
    logging.getLogger("asyncio").exception("a task failed")
"""


def _spoken(*, as_json: bool) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SPEAKS.format(as_json=as_json)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()


def test_what_libraries_log_is_json_too() -> None:
    first, second = (json.loads(line) for line in _spoken(as_json=True))
    assert first["event"] == "slow consumer on alert.accepted"
    assert (first["service"], first["library"], first["level"]) == ("triage", "nats.aio", "warning")
    assert "torn skin" in second["exception"]


def test_on_a_console_what_libraries_log_is_for_people() -> None:
    said = _spoken(as_json=False)
    assert "slow consumer on alert.accepted" in said[0]
    assert not said[0].startswith("{")
    assert any("torn skin" in line for line in said)


BREAKS = """
import structlog
from common.observability.logging import configure
configure("notification", as_json={as_json})
def send(recipient):
    raise ValueError("torn skin")
try:
    send("+628" + "11")
except ValueError as failure:
    structlog.get_logger().error("send_broke", exc_info=failure)
print("went on")
"""


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_has_no_values_of_variables(*, as_json: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BREAKS.format(as_json=as_json)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "torn skin" in done.stderr
    assert "+62811" not in done.stderr


@pytest.mark.parametrize("as_json", [True, False])
def test_a_log_that_cannot_be_written_stops_nobody(*, as_json: bool) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", BREAKS.format(as_json=as_json)],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    assert done.stdout == "went on\n"
