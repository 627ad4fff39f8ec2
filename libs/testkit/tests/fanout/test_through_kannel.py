from collections.abc import Callable
from pathlib import Path

import pytest

from common.subjects import Priority
from smpp import Account, Client, SubmitSm
from smpp.gsm7 import encode_gsm7
from testkit import crowd
from testkit.fanout.measured import Fanout, Trial
from testkit.fanout.through_kannel import Wording, by_http, from_store
from testkit.kannel import INSTALLED, NEEDED
from testkit.sinks.process import Sink

PEOPLE = 20
TEXT = "Naik ke bukit {pos 3} sekarang: 5 € & aman?"


@pytest.mark.skipif(not INSTALLED, reason=NEEDED)
@pytest.mark.parametrize("run", [by_http, from_store])
def test_everybody_is_reached_once_with_the_same_words(
    run: Callable[[Trial, Wording], Fanout], sink: Sink, tmp_path: Path
) -> None:
    wording = Wording("DESA", TEXT, encode_gsm7(TEXT))
    trial = Trial(
        tmp_path,
        tmp_path,
        PEOPLE,
        {"sms": sink},
        2,
        Priority.IMMEDIATE,
        shares=crowd.SMS_ONLY,
    )
    found = run(trial, wording)
    assert (found.lost, found.double, found.reports["sms"].messages) == (0, 0, PEOPLE)
    assert found.seconds > 0
    assert found.gauge.cpu["bearerbox"] >= 0
    assert Wording.of_latest(sink) == wording


async def test_a_wording_is_that_of_the_last_short_message_at_the_sink(sink: Sink) -> None:
    account = Account(host="127.0.0.1", port=sink.port, system_id="bench")
    async with Client(account) as client:
        for text in (b"another", b"Siaga"):
            message = SubmitSm(
                source_addr="DESA", destination_addr="6281200000000", short_message=text
            )
            await client.submit(message)
    assert Wording.of_latest(sink) == Wording("DESA", "Siaga", b"Siaga")
