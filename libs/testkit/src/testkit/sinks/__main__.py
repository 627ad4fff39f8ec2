"""Run one sink: `python -m testkit.sinks CHANNEL PEOPLE [CERTIFICATE]` says its port, then answers.

With a certificate (and its key, in one file of PEM) it speaks TLS from the first octet. On stdin
`report` is answered with what was counted; `forget` with the same, and the count begins anew; a
mode (`hangs`) with the same, and it behaves so from now on. `firsts FROM SIZE GROUPS` is answered
with when each group of so many people, numbered from there, was first reached, `last_first PEOPLE`
with when the last of so many people was, `latest` with the last short message as it came.
"""

import asyncio
import ssl
import sys
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from testkit.sinks.counting import Count
from testkit.sinks.email import EmailSink
from testkit.sinks.manner import Manner, Mode
from testkit.sinks.push import PushSink
from testkit.sinks.sms import SmsSink

SINKS: Final[Mapping[str, Callable[[Count, Manner], asyncio.Protocol]]] = {
    "sms": SmsSink,
    "email": EmailSink,
    "push": PushSink,
}


async def run(channel: str, people: int, certificate: str = "") -> None:
    """Take everything until stdin ends."""
    counted, manner = Count.up_to(people), Manner()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SINKS[channel](counted, manner),
        "127.0.0.1",
        0,
        backlog=1_000,
        ssl=_tls(certificate),
    )
    _say(str(server.sockets[0].getsockname()[1]).encode())
    answers: Mapping[str, Callable[..., object]] = {
        "firsts": counted.firsts,
        "last_first": counted.last_first,
        "latest": counted.latest_hex,
    }
    asked = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    while question := await asked.readline():
        word, *numbers = question.decode().split()
        if word in answers:
            _say(msgspec.json.encode(answers[word](*map(int, numbers))))
            continue
        _say(msgspec.json.encode(counted.report()))
        if word == "forget":
            counted.forget()
        elif word != "report":
            manner.mode = Mode(word)


def _tls(certificate: str) -> ssl.SSLContext | None:
    """Return how to speak TLS, if there is a certificate."""
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
