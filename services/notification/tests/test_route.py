"""A window goes to providers by their shares, and on to the next one when one fails."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from common.observability import rings
from common.subjects import Priority
from notification.ports import (
    Accepted,
    Answer,
    Capabilities,
    ProviderDown,
    PutOff,
    Recipient,
    Refused,
    Text,
    Unsure,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.route import Route, Seat

CAPABILITIES = Capabilities(
    longest_text=100, receipts=False, window=100, batch=100, receipt_deadline_seconds=0
)
DOWN = ProviderDown("no connection", 7.0)
LOST = Unsure(Reason.CONNECTION_LOST)
TAKEN = Accepted("m")
BUSY = PutOff(Reason.PROVIDER_BUSY, 3)
NOT_LET_IN = Refused(Reason.CREDENTIALS_REFUSED)


@dataclass
class Paper:
    """A provider in memory that gives one answer to everybody."""

    name: str
    answer: Answer | Exception = TAKEN
    practice: bool = False
    prefix: str = ""
    reached: list[str] = field(default_factory=list)

    async def open(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Nothing to end."""

    def takes(self, address: str) -> bool:
        return address.startswith(self.prefix)

    async def send(self, window: Window) -> Sequence[Answer]:
        self.reached += [each.id for each in window.recipients]
        if isinstance(self.answer, Exception):
            raise type(self.answer)(*self.answer.args)
        return [self.answer] * len(window.recipients)


class Switchboard:
    """A route with its providers, at a time that stands still."""

    def __init__(self, *providers: Paper, **settings: ProviderSettings) -> None:
        self.time = 1_000.0
        self.still_stands = True
        self.route = Route("sms", CAPABILITIES, lambda: 0.5, lambda: self.time)
        self.route.seat(
            Seat(each, settings.get(each.name, ProviderSettings())) for each in providers
        )

    async def send(self, *ids: str, **changed: Any) -> list[tuple[str, str, bool]]:
        said = await self.route.send(window(ids, **changed), self._may_go_on)
        return [(type(each.answer).__name__, each.provider, each.repeated) for each in said]

    async def _may_go_on(self) -> bool:
        return self.still_stands


def window(ids: Sequence[str], **changed: Any) -> Window:
    known: dict[str, Any] = {
        "alert_id": "alert-1",
        "batch_id": "batch-1",
        "chain": "alert-1",
        "status": "Actual",
        "priority": Priority.IMMEDIATE,
        "text": Text("en-US", "Flood", "Go."),
        "recipients": tuple(Recipient(each, each, each) for each in ids),
        "expires_at": datetime(2027, 1, 1, tzinfo=UTC),
    }
    return Window(**(known | changed))


def people(count: int) -> list[str]:
    return [f"r{number}" for number in range(count)]


async def test_providers_share_a_window_by_their_weights() -> None:
    a, b = Paper("a"), Paper("b")
    board = Switchboard(a, b, a=ProviderSettings(weight=75), b=ProviderSettings(weight=25))
    said = await board.send(*people(100))
    assert (len(a.reached), len(b.reached)) == (75, 25)
    assert sorted(a.reached + b.reached) == sorted(people(100))
    assert [provider for _, provider, _ in said].count("b") == 25


async def test_answers_come_in_the_order_of_the_recipients() -> None:
    board = Switchboard(Paper("a"), Paper("b", Refused(Reason.ADDRESS_UNKNOWN)))
    said = await board.send(*people(4))
    assert said == [("Accepted", "a", False)] * 2 + [("Refused", "b", False)] * 2


async def test_whom_one_provider_cannot_reach_the_next_one_does() -> None:
    a, b = Paper("a", DOWN), Paper("b")
    said = await Switchboard(a, b).send(*people(4), priority=Priority.ROUTINE)
    assert said == [("Accepted", "b", False)] * 4


async def test_a_standby_is_asked_only_when_the_others_fail() -> None:
    a, standby = Paper("a"), Paper("standby")
    board = Switchboard(a, standby, standby=ProviderSettings(weight=0))
    await board.send(*people(10))
    assert standby.reached == []
    a.answer = DOWN
    assert await board.send("r1") == [("Accepted", "standby", False)]


async def test_a_channel_without_a_provider_that_can_be_reached_is_down() -> None:
    a, b = Paper("a", DOWN), Paper("b", DOWN)
    board = Switchboard(a, b)
    with pytest.raises(ProviderDown):
        await board.send(*people(4))
    assert set(a.reached + b.reached) == set(people(4))


async def test_what_was_possibly_sent_is_sent_once_more_on_immediate_and_flagged() -> None:
    a, b = Paper("a", LOST), Paper("b")
    board = Switchboard(a, b, b=ProviderSettings(weight=0))
    assert await board.send("r1") == [("Accepted", "b", True)]


async def test_what_was_possibly_sent_is_not_repeated_on_routine() -> None:
    a, b = Paper("a", LOST), Paper("b")
    board = Switchboard(a, b, b=ProviderSettings(weight=0))
    assert await board.send("r1", priority=Priority.ROUTINE) == [("Unsure", "a", False)]
    assert b.reached == []


async def test_who_was_possibly_sent_stays_so_whatever_the_second_provider_says() -> None:
    a, b = Paper("a", LOST), Paper("b", NOT_LET_IN)
    board = Switchboard(a, b, b=ProviderSettings(weight=0))
    assert await board.send("r1") == [("Refused", "b", True)]


@pytest.mark.parametrize("answer", [BUSY, NOT_LET_IN, DOWN])
async def test_an_alert_that_was_ended_meanwhile_goes_to_no_second_provider(
    answer: Answer | Exception,
) -> None:
    a, b = Paper("a", answer), Paper("b")
    board = Switchboard(a, b, b=ProviderSettings(weight=0))
    board.still_stands = False
    try:
        await board.send("r1")
    except ProviderDown:
        assert answer is DOWN
    assert b.reached == []


async def test_an_address_goes_only_to_providers_that_reach_its_kind() -> None:
    phones, browsers = Paper("phones", prefix="fcm:"), Paper("browsers", prefix="https:")
    await Switchboard(phones, browsers).send("fcm:1", "https://push", "fcm:2")
    assert phones.reached == ["fcm:1", "fcm:2"]
    assert browsers.reached == ["https://push"]


async def test_whom_no_provider_reaches_is_refused_with_that_reason() -> None:
    route = Switchboard(Paper("a", prefix="fcm:"), Paper("b", prefix="https:")).route
    (said,) = await route.send(window(["ntfy:1"]), _always)
    assert said.answer == Refused(Reason.NO_PROVIDER)
    (said,) = await Switchboard().route.send(window(["r1"]), _always)
    assert said.answer == Refused(Reason.NO_PROVIDER)


async def test_an_actual_alert_goes_to_live_providers_and_a_drill_to_practice_ones() -> None:
    live, practice = Paper("live"), Paper("practice", practice=True)
    board = Switchboard(live, practice)
    await board.send("real")
    await board.send("drill", status="Exercise")
    assert (live.reached, practice.reached) == (["real"], ["drill"])


async def test_an_actual_alert_never_goes_on_from_a_live_provider_to_a_practice_one() -> None:
    live, practice = Paper("live", BUSY), Paper("practice", practice=True)
    assert await Switchboard(live, practice).send("real") == [("PutOff", "live", False)]
    assert practice.reached == []


async def test_a_provider_that_is_switched_off_is_asked_nothing() -> None:
    a, b = Paper("a"), Paper("b")
    await Switchboard(a, b, a=ProviderSettings(switched_on=False)).send(*people(10))
    assert a.reached == []


async def test_a_provider_that_is_down_is_left_alone_and_tried_again() -> None:
    a, b = Paper("a", DOWN), Paper("b")
    board = Switchboard(a, b)
    await board.send(*people(2))
    await board.send(*people(2))
    assert len(a.reached) == 1
    board.time += 1.0
    a.answer = Accepted("m")
    await board.send(*people(2))
    await board.send(*people(2))
    assert len(a.reached) == 3


async def test_while_the_only_provider_is_left_alone_the_channel_says_for_how_long() -> None:
    board = Switchboard(Paper("a", DOWN))
    with pytest.raises(ProviderDown):
        await board.send("r1")
    board.time += 0.25
    with pytest.raises(ProviderDown) as down:
        await board.send("r1")
    assert down.value.retry_after == 0.75


async def test_trouble_moves_the_shares() -> None:
    board = Switchboard(Paper("a", LOST), Paper("b"))
    await board.send(*people(10), priority=Priority.ROUTINE)
    assert board.route.weights.points == {"a": 90, "b": 110}


async def test_a_provider_that_something_else_speaks_against_has_a_smaller_share() -> None:
    board = Switchboard(Paper("a"), Paper("b"))
    board.route.doubt("a")
    assert board.route.weights.points == {"a": 90, "b": 110}
    board.route.doubt("unknown")


async def test_what_goes_again_is_not_for_a_provider_of_whom_nothing_is_heard() -> None:
    a, b = Paper("a"), Paper("b")
    board = Switchboard(a, b)
    board.route.hear({"a"})
    assert board.route.weights.points == {"a": 90, "b": 110}
    await board.send(*people(20))
    assert len(a.reached) == 9
    await board.send(*people(20), again=True)
    assert (len(a.reached), len(b.reached)) == (9, 31)
    board.route.hear(())
    await board.send(*people(20), again=True)
    assert len(a.reached) == 18


async def test_what_goes_again_is_for_a_silent_provider_while_its_peer_cannot_be_reached() -> None:
    a, b = Paper("a"), Paper("b", DOWN)
    board = Switchboard(a, b)
    board.route.hear({"a"})
    await board.send("r1", again=True)
    assert await board.send("r2", again=True) == [("Accepted", "a", False)]
    rings.quiet("provider_down")


async def test_a_silent_provider_keeps_a_little_work() -> None:
    board = Switchboard(Paper("a"), Paper("b"))
    for _ in range(30):
        board.time += 61
        board.route.hear({"a"})
    assert board.route.weights.points == {"a": 10, "b": 190}


async def test_a_peer_is_another_that_takes_the_address_and_of_whom_something_is_heard() -> None:
    board = Switchboard(Paper("a"), Paper("b", prefix="+62"), Paper("c", practice=True))
    assert board.route.has_peer("a", "Actual", "+628111")
    assert not board.route.has_peer("a", "Actual", "+1")
    board.route.hear({"a", "b"})
    assert not board.route.has_peer("a", "Actual", "+628111")


async def test_a_silent_provider_without_a_peer_is_asked_again() -> None:
    a, b = Paper("a"), Paper("b", prefix="+")
    board = Switchboard(a, b)
    board.route.hear({"a"})
    assert await board.send("r1", again=True) == [("Accepted", "a", False)]


async def test_a_provider_that_is_down_rings_until_it_is_back() -> None:
    a = Paper("a", DOWN)
    board = Switchboard(a)
    with pytest.raises(ProviderDown):
        await board.send("r1")
    assert "provider_down" in rings.ringing()
    a.answer, board.time = Accepted("m"), board.time + 1
    await board.send("r1")
    assert "provider_down" not in rings.ringing()


async def test_a_broken_provider_is_nobodys_answer_and_the_other_is_not_cut_off() -> None:
    a, b = Paper("a", ZeroDivisionError()), Paper("b")
    with pytest.raises(ZeroDivisionError):
        await Switchboard(a, b).send(*people(4))
    assert len(b.reached) == 2


async def _always() -> bool:
    return True


@pytest.mark.parametrize(
    ("a", "b", "together"),
    [
        (None, None, CAPABILITIES.window),
        (10.0, None, CAPABILITIES.window),
        (10.0, 20.0, 30),
        (0.2, 0.2, 1),
        (500.0, 500.0, CAPABILITIES.window),
    ],
)
async def test_a_window_is_no_more_than_a_second_of_what_the_providers_take(
    a: float | None, b: float | None, together: int
) -> None:
    paces = {"a": ProviderSettings(per_second=a), "b": ProviderSettings(per_second=b)}
    assert Switchboard(Paper("a"), Paper("b"), **paces).route.window == together
