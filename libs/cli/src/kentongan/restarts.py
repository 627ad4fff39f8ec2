"""Which children ended lately and were started again, for whoever asks the doctor."""

import time
from pathlib import Path
from typing import Final

from common.observability.rings import RINGS_FOR_SECONDS

FILE: Final = Path("run") / "restarts.txt"


def note_restart(home: Path, sentence: str) -> None:
    """Note that a child ended and is started again."""
    with (home / FILE).open("a") as notes:
        notes.write(f"{time.time():.0f} {sentence}\n")


def forget_restarts(home: Path) -> None:
    """Forget what happened under an earlier supervisor."""
    (home / FILE).unlink(missing_ok=True)


def recent_restarts(home: Path) -> tuple[str, ...]:
    """Return what was noted in the last quarter of an hour, with its time.

    A line that a full disk cut short is left out.
    """
    file = home / FILE
    if not file.exists():
        return ()
    noted = (line.partition(" ")[::2] for line in file.read_text().splitlines())
    young = time.time() - RINGS_FOR_SECONDS
    return tuple(
        f"{sentence} at {time.strftime('%H:%M:%S', time.localtime(int(at)))}"
        for at, sentence in noted
        if at.isdecimal() and int(at) >= young
    )
