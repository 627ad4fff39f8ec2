"""The README's example does what it shows."""

import subprocess
import sys
from pathlib import Path


def test_the_example_of_the_readme_runs() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    example = readme.split("```python\n")[1].split("```")[0]
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ran.stderr == ""
    ids, receipt = ran.stdout.splitlines()
    assert ids == "['m1']"
    assert receipt.startswith("Receipt(message_id='m1', message_state=<MessageState.DELIVERED")
