"""What is given up lies in DEAD as it came, with the reason, and rings."""

import base64

import pytest

from common.events.dead import DeadLetter
from common.messaging import consume
from common.messaging.failures import PermanentFailure
from common.messaging.topology import TRIAGE_ACCEPTED
from common.observability import rings
from common.subjects import Stream
from testkit.bus import NatsServer
from testkit.plugin import MakesBus, connected
from testkit.waiting import until

pytestmark = pytest.mark.integration

BODY = b"\xff not for us"


async def _refuse(_: object) -> None:
    raise PermanentFailure("nobody can read this")


async def test_what_is_given_up_is_in_dead_with_its_reason(
    make_bus: MakesBus, nats_server: NatsServer
) -> None:
    triage, intake = make_bus("triage"), make_bus("intake")
    consume(triage, TRIAGE_ACCEPTED, lambda body: body, _refuse)
    for bus in (triage, intake):
        await bus.start()
    headers = {
        "ce-id": "wave-1",
        "ce-type": "t",
        "ce-source": "s",
        "ce-time": "2026-01-01T00:00:00+00:00",
    }
    await intake.jetstream.publish("alert.accepted", BODY, headers=headers)
    await until(lambda: "dead_letter" in rings.ringing())
    async with connected(nats_server, "operator") as client:
        message = await client.jetstream().get_msg(Stream.DEAD, 1)
    letter = DeadLetter.model_validate_json(message.data or b"")
    assert message.subject == "dead.triage"
    assert base64.b64decode(letter.body_base64) == BODY
    assert (letter.reason, letter.original_id) == ("nobody can read this", "wave-1")
    assert (letter.original_subject, letter.original_sequence) == ("alert.accepted", 1)
