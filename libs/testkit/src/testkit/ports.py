"""Ports of loopback for the servers of tests: given out one after the other, to nobody twice.

They lie below those that the system gives to outgoing connections: a port from there may be taken
between the look and the bind, and again while the server that had it starts anew.
"""

import fcntl
import os
import socket
import tempfile
from contextlib import ExitStack, suppress
from itertools import chain
from pathlib import Path
from typing import Final

FIRST: Final = 14_000
LAST: Final = 32_000
LEDGER: Final = Path(tempfile.gettempdir()) / f"kentongan-test-ports.{os.getuid()}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """Return the first of so many ports in a row that nobody listens on.

    Every process of this machine and user draws from the same row, and begins anew at its end.
    """
    with LEDGER.open("a+") as ledger:
        fcntl.flock(ledger, fcntl.LOCK_EX)
        ledger.seek(0)
        first = _first_free(int(ledger.read() or FIRST), count)
        ledger.truncate(0)
        ledger.write(str(first + count))
    return first


def _first_free(begin: int, count: int) -> int:
    """Look from there on, and once from the beginning."""
    begin = begin if FIRST <= begin <= LAST - count else FIRST
    for first in chain(range(begin, LAST - count, count), range(FIRST, begin, count)):
        with ExitStack() as held, suppress(OSError):
            for port in range(first, first + count):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise OSError(f"there are no {count} free ports in a row")
