"""How long a peer may leave what we say without a sign that it has it: TCP's user timeout."""

import asyncio
import socket
import sys
from typing import Final

UNTAKEN_SECONDS: Final = 10.0


def set_user_timeout(transport: asyncio.BaseTransport, seconds: float = UNTAKEN_SECONDS) -> None:
    """End a connection whose peer's machine takes nothing for so long (RFC 9293 §3.8.3).

    A peer that takes octets and says nothing is not found so. Only Linux knows it for a connection.
    """
    if sys.platform == "linux":
        milliseconds = max(int(seconds * 1000), 1)
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
