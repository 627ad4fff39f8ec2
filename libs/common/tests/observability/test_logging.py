"""A log has an event in the past tense and fields; it never has an address."""

import json
import subprocess
import sys

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
