import asyncio
from collections.abc import Callable

from aiosmtplib import SMTP

from testkit.sinks.process import Sink

MAIL = b"Subject: Flood\r\n\r\nLeave.\r\n"


async def test_mails_are_counted_by_each_of_their_recipients(
    start_sink: Callable[[str], Sink],
) -> None:
    sink = start_sink("email")
    async with SMTP(hostname="127.0.0.1", port=sink.port, start_tls=False) as smtp:
        await smtp.sendmail("a@desa.example", ["p-0@desa.example", "p-4@desa.example"], MAIL)
        await smtp.sendmail("a@desa.example", ["p-4@desa.example", "anna@desa.example"], MAIL)
    report = sink.report()
    assert (report.people, report.double, report.strange) == (2, 1, 1)


async def test_commands_and_mails_may_come_ahead_of_the_answers(
    start_sink: Callable[[str], Sink],
) -> None:
    sink = start_sink("email")
    envelope = b"MAIL FROM:<a@desa.example>\r\nRCPT TO:<p-%d@desa.example>\r\nDATA\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
    for number in (1, 2):
        writer.write(envelope % number + MAIL + b".\r\n")
    writer.write(b"QUIT\r\n")
    said = (await reader.read()).split(b"\r\n")
    writer.close()
    assert [line[:3] for line in said] == [
        b"220", *(b"250", b"250", b"354", b"250") * 2, b"221", b""
    ]  # fmt: skip
    assert sink.report().people == 2
