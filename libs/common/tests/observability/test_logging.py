"""A log has an event in the past tense and fields; it never has an address."""

import json

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
