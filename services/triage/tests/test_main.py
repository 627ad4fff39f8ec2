"""Triage run as a process says in one line what keeps it from starting."""

import os
import subprocess
import sys
from pathlib import Path


def test_a_wrong_policy_ends_the_process_with_its_line(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("hold_hours = 0", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "triage"],
        env={**os.environ, "KENTONGAN_TRIAGE_POLICY_FILE": str(policy)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "hold_hours" in ended.stderr
    assert "Traceback" not in ended.stderr
