"""What processes cost: their seconds of CPU and their resident memory, read from /proc."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
MEBIBYTE: Final = 1024 * 1024
USER_TICKS, SYSTEM_TICKS = 11, 12


@dataclass(slots=True)
class Gauge:
    """Looks at named processes from when its block begins until it ends.

    `cpu` has seconds of CPU by name, `resident` a reading of mebibytes every second by name.
    """

    pids: Mapping[str, int]
    every_seconds: float = 1.0
    cpu: dict[str, float] = field(default_factory=dict)
    resident: dict[str, list[float]] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _looking: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.cpu = {name: -cpu_seconds(pid) for name, pid in self.pids.items()}
        self._looking = threading.Thread(target=self._look_again, daemon=True)
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._looking is not None:
            self._looking.join()
        for name, pid in self.pids.items():
            self.cpu[name] += cpu_seconds(pid)
        self._look()

    def _look_again(self) -> None:
        while not self._over.wait(self.every_seconds):
            self._look()

    def _look(self) -> None:
        for name, pid in self.pids.items():
            self.resident.setdefault(name, []).append(resident_mebibytes(pid))


def cpu_seconds(pid: int) -> float:
    """Return how many seconds of CPU a process has used, in its own code and in the kernel."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[USER_TICKS]) + int(words[SYSTEM_TICKS])) / TICKS


def resident_mebibytes(pid: int) -> float:
    """Return how much memory a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES / MEBIBYTE
