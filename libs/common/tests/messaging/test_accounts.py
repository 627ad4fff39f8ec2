"""Each NATS user may say, pull, ack and hear its own, and nothing else: the whole matrix."""

import asyncio
import itertools
from collections.abc import Iterator
from fnmatch import fnmatchcase

import nats
import pytest
from nats.aio.client import Client

from common import subjects
from common.messaging.accounts import OPERATOR, USERS, accounts_file, permissions
from common.messaging.broker import reached
from common.messaging.topology import QUESTIONS, STREAMS, consumers
from common.subjects import Bucket, Priority, Service
from testkit.bus import NatsServer, settings_of
from testkit.plugin import CHANNELS

SAID_BY = {
    subjects.ALERT_ACCEPTED: "intake",
    subjects.ALERT_HELD: "triage",
    subjects.ALERT_APPROVED: "triage",
    subjects.ALERT_REJECTED: "triage",
    subjects.ALERT_SUPPRESSED: "triage",
    subjects.ALERT_ENDED: "triage",
    **{subjects.released(lane): "triage" for lane in Priority},
    subjects.REPORT_ACCEPTED: "intake",
    subjects.REPORT_CORRELATED: "triage",
    subjects.NOTIFICATION_PLANNED: "notification",
    **{subjects.settled(channel): "notification" for channel in CHANNELS},
    **{
        subjects.requested(channel, lane): "notification"
        for channel, lane in itertools.product(CHANNELS, Priority)
    },
    **{subjects.dead(service): str(service) for service in Service},
    subjects.AUDIT_CHECKPOINTED: "audit",
    "alert.released.urgent": "nobody",
    "notification.requested.carrier_pigeon.immediate": "nobody",
}
LOOKS_AT = {
    ("intake", "ALERTS.triage-accepted"),
    *(("intake", f"ALERTS.notification-plan-{lane}") for lane in Priority),
    *((OPERATOR, f"{each.stream}.{each.name}") for each in consumers(CHANNELS)),
}
MANAGING = (
    "$JS.API.STREAM.CREATE.ALERTS",
    "$JS.API.STREAM.UPDATE.ALERTS",
    "$JS.API.STREAM.DELETE.ALERTS",
    "$JS.API.STREAM.PURGE.NOTIFICATIONS",
    "$JS.API.STREAM.MSG.DELETE.ALERTS",
    "$JS.API.CONSUMER.CREATE.ALERTS.mine.alert.>",
    "$JS.API.CONSUMER.DURABLE.CREATE.ALERTS.mine",
    "$JS.API.CONSUMER.DELETE.ALERTS.triage-accepted",
)


def saying_cells() -> Iterator[tuple[str, str, bool]]:
    """Yield user, subject, and whether the user may publish there."""
    for user in USERS:
        for subject, owner in SAID_BY.items():
            replays = user == OPERATOR and subject.startswith(subjects.NOTIFICATION_REQUESTED)
            yield user, subject, user == owner or replays
        for subject in MANAGING:
            yield user, subject, user == OPERATOR
        for question in QUESTIONS:
            asks = question.operator_asks if user == OPERATOR else user in question.asked_by
            yield user, question.subject, asks
        for consumer in consumers(CHANNELS):
            own = user == consumer.service
            name = f"{consumer.stream}.{consumer.name}"
            yield user, f"$JS.API.CONSUMER.MSG.NEXT.{name}", own or user == OPERATOR
            yield user, f"$JS.API.CONSUMER.INFO.{name}", own or (user, name) in LOOKS_AT
            yield user, f"$JS.ACK.{name}.1.1.1.1.1", own
        for bucket in Bucket:
            yield user, f"$KV.{bucket}.a", user == "notification"
            yield (
                user,
                f"$JS.API.DIRECT.GET.KV_{bucket}.$KV.{bucket}.a",
                user in {"notification", OPERATOR},
            )
        for other in USERS:
            yield user, f"_INBOX_{other}.a", False


def hearing_cells() -> Iterator[tuple[str, str, bool]]:
    """Yield user, subject, and whether the user may subscribe there."""
    for user in USERS:
        for stream in STREAMS:
            for subject in stream.subjects:
                yield user, subject, False
        for question in QUESTIONS:
            yield user, question.subject, user == question.answered_by
        for other in USERS:
            yield user, f"_INBOX_{other}.>", user == other
        for wide in (">", "$JS.ACK.>", "$KV.stopped.>", "$SYS.>", "*.*"):
            yield user, wide, False


class Witness:
    """A connection of one user that notes what the server refuses."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.client: Client | None = None

    async def connect(self, server: NatsServer, user: str) -> Client:
        settings = settings_of(server, user)
        self.client = await nats.connect(
            settings.url,
            user=user,
            password=settings.password.get_secret_value(),
            error_cb=self._heard,
            allow_reconnect=False,
        )
        return self.client

    def disagreements(self, cells: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
        """Return the cells that the server saw otherwise than meant."""
        return [(what, may) for what, may in cells if (what.lower() in self.refused) == may]

    async def _heard(self, failure: Exception) -> None:
        text = str(failure)
        if "permissions violation" in text.lower():
            self.refused.add(text.split('"')[1])


@pytest.mark.integration
@pytest.mark.parametrize("user", USERS)
async def test_every_cell_of_publishing_is_as_meant(nats_server: NatsServer, user: str) -> None:
    witness = Witness()
    client = await witness.connect(nats_server, user)
    cells = [(subject, may) for who, subject, may in saying_cells() if who == user]
    for subject, _ in cells:
        await client.publish(subject, b"{}", headers={"Nats-Expected-Stream": "NONE"})
    await reached(client)
    await asyncio.sleep(0.2)
    wrong = [
        (subject, may) for subject, may in cells if (subject.lower() in witness.refused) == may
    ]
    await client.close()
    assert wrong == []


@pytest.mark.integration
@pytest.mark.parametrize("user", USERS)
async def test_every_cell_of_hearing_is_as_meant(nats_server: NatsServer, user: str) -> None:
    witness = Witness()
    client = await witness.connect(nats_server, user)
    cells = [(subject, may) for who, subject, may in hearing_cells() if who == user]
    for subject, _ in cells:
        await client.subscribe(subject)
    await reached(client)
    await asyncio.sleep(0.2)
    wrong = [
        (subject, may) for subject, may in cells if (subject.lower() in witness.refused) == may
    ]
    await client.close()
    assert wrong == []


@pytest.mark.integration
async def test_a_wrong_password_is_no_user(nats_server: NatsServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", nats_server.port)
    writer.write(b'CONNECT {"user": "intake", "pass": "guessed"}\r\nPING\r\n')
    said = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    assert b"Authorization Violation" in said


def test_nobody_has_an_empty_list_which_would_allow_everything() -> None:
    for allowed in permissions(CHANNELS).values():
        assert allowed.publish
        assert allowed.subscribe


def test_no_service_may_say_what_another_says() -> None:
    table = permissions(CHANNELS)
    for one, other in itertools.combinations(Service, 2):
        events = [subject for subject in table[one].publish if not subject.startswith("$")]
        shared = {
            subject
            for subject in events
            for pattern in table[other].publish
            if fnmatchcase(subject, pattern.replace(">", "*"))
        }
        asked = {question.subject for question in QUESTIONS}
        assert shared <= asked


def test_the_accounts_file_pins_what_acks_look_like() -> None:
    text = accounts_file(CHANNELS, dict.fromkeys(USERS, "secret"))
    assert "js_ack_fc_v2: false" in text
    assert "max_payload: 8388608" in text
