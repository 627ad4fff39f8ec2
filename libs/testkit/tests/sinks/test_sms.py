from collections.abc import Callable

from smpp import Account, Client, SubmitSm
from testkit.sinks.process import Sink


async def test_short_messages_are_counted_by_their_number(
    start_sink: Callable[[str], Sink],
) -> None:
    sink = start_sink("sms")
    async with Client(Account(host="127.0.0.1", port=sink.port, system_id="bench")) as client:
        ids = [
            await client.submit(SubmitSm(source_addr="DESA", destination_addr=address))
            for address in ("6281200000000", "6281200000004", "6281200000004", "4712")
        ]
    report = sink.report()
    assert (report.people, report.double, report.strange) == (2, 1, 1)
    assert len(set(ids)) == 4


async def test_it_keeps_the_last_short_message_as_it_came(
    start_sink: Callable[[str], Sink],
) -> None:
    sink = start_sink("sms")
    async with Client(Account(host="127.0.0.1", port=sink.port, system_id="bench")) as client:
        for text in (b"one", b"another"):
            message = SubmitSm(
                source_addr="DESA", destination_addr="6281200000000", short_message=text
            )
            await client.submit(message)
    assert sink.latest().endswith(b"\x07another")
