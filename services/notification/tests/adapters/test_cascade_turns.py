"""Who was reached is settled elsewhere as suppressed; who was not is told on the next channel."""

from datetime import timedelta
from typing import Any

from common.events.notification import Outcome
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_plans import SqlPlans
from notification.outcomes import Opened, PutAside, Settled
from notification.reason import Reason
from testkit.clock import NOON

MINUTE = timedelta(minutes=1)
LATE = NOON + timedelta(hours=1)
GONE = Settled("push-0", Outcome.FAILED, Reason.SUBSCRIPTION_ENDED, "paper")
DELIVERED_TO_ANOTHER = Settled("push-1", Outcome.DELIVERED, None, "paper", sent=True)
DELIVERED = Settled("push-0", Outcome.DELIVERED, None, "paper", sent=True)


def accepted(name: str, message: str = "") -> Settled:
    return Settled(name, Outcome.ACCEPTED, None, "paper", True, message_id=message)


async def test_who_is_gone_on_one_channel_is_told_on_the_next(cascaded: Any) -> None:
    await cascaded.record("push", GONE)
    assert await cascaded.look() == []
    assert await cascaded.next() == {"email": ["email-0"]}


async def test_who_was_reached_is_suppressed_on_all_later_channels(cascaded: Any) -> None:
    await cascaded.record("push", DELIVERED)
    said = await cascaded.look()
    assert [(each.channel, each.batch_id) for each in said] == [
        (channel, cascaded.batch(channel).batch_id) for channel in ("email", "sms")
    ]
    ends = [(one.recipient, one.outcome, one.reason) for e in said for one in e.settlements]
    assert ends == [
        (f"{channel}-0", "suppressed", "reached_on_earlier_channel") for channel in ("email", "sms")
    ]
    assert await cascaded.next() == {}
    assert [name for name, *_ in await cascaded.rows()] == [
        f"{channel}-{number}" for channel in ("email", "push", "sms") for number in (1, 2)
    ]


async def test_many_who_were_reached_are_told_in_one_event_for_each_batch(cascaded: Any) -> None:
    await cascaded.record("push", *(accepted(f"push-{number}") for number in range(3)))
    said = await cascaded.look()
    assert [len(each.settlements) for each in said] == [3, 3]
    assert await cascaded.rows() == []


async def test_an_open_receipt_is_waited_for_as_long_as_patience_lasts(cascaded: Any) -> None:
    await cascaded.record("push", Opened("push-0", "paper", "m0", LATE), accepted("push-1"))
    await cascaded.look()
    assert await cascaded.next() == {}
    await cascaded.look(MINUTE)
    assert await cascaded.next() == {"email": ["email-0", "email-2"]}


async def test_who_is_put_aside_by_a_provider_in_trouble_is_tried_on_the_next_channel_too(
    cascaded: Any,
) -> None:
    someone = cascaded.batch("push").recipients[0]
    aside = PutAside(someone, Reason.PROVIDER_BUSY, LATE, 1)
    await cascaded.record("push", aside, accepted("push-1"), accepted("push-2"))
    await cascaded.look(MINUTE)
    assert await cascaded.next() == {"email": ["email-0"]}


async def test_a_receipt_that_says_undelivered_has_the_next_channel_tried(cascaded: Any) -> None:
    await cascaded.record("push", Opened("push-0", "paper", "m0", LATE))
    await cascaded.hear("m0", Outcome.FAILED, Reason.ADDRESS_UNKNOWN)
    await cascaded.look()
    assert await cascaded.next() == {"email": ["email-0"]}


async def test_a_receipt_after_patience_leaves_the_channels_behind_alone(cascaded: Any) -> None:
    await cascaded.record("push", Opened("push-0", "paper", "m0", LATE))
    await cascaded.look(MINUTE)
    await cascaded.next()
    await cascaded.hear("m0", Outcome.DELIVERED)
    (said,) = await cascaded.look()
    assert [each.recipient for each in said.settlements] == ["sms-0"]


async def test_mail_that_bounces_within_patience_has_the_next_channel_tried(cascaded: Any) -> None:
    await cascaded.record("push", GONE)
    await cascaded.look()
    await cascaded.record("email", accepted("email-0", "mail-0"))
    assert await cascaded.look() == []
    await cascaded.hear("mail-0", Outcome.FAILED, Reason.MAILBOX_FULL)
    await cascaded.look()
    assert (await cascaded.next())["sms"] == ["sms-0"]


async def test_mail_that_did_not_bounce_within_patience_has_reached(cascaded: Any) -> None:
    await cascaded.record("push", GONE, accepted("push-1"), accepted("push-2"))
    await cascaded.look()
    await cascaded.record("email", accepted("email-0", "mail-0"))
    assert await cascaded.look(9 * MINUTE) == []
    (said,) = await cascaded.look(MINUTE)
    assert [each.recipient for each in said.settlements] == ["sms-0"]


async def test_one_channel_after_the_other_and_then_it_is_over(cascaded: Any) -> None:
    await cascaded.record("push", GONE)
    await cascaded.look()
    await cascaded.record("email", Settled("email-0", Outcome.FAILED, Reason.ADDRESS_UNKNOWN))
    await cascaded.look()
    assert await cascaded.next() == {"email": ["email-0"], "sms": ["sms-0"]}
    await cascaded.record("sms", Settled("sms-0", Outcome.FAILED, Reason.ADDRESS_UNKNOWN))
    assert await cascaded.look() == []
    assert not [name for name, *_ in await cascaded.rows() if name.endswith("-0")]


async def test_who_has_an_end_already_gets_no_second_one(cascaded: Any) -> None:
    """As when an operator said something of it again."""
    await cascaded.record("sms", accepted("sms-0"))
    await cascaded.record("push", DELIVERED)
    (said,) = await cascaded.look()
    assert [each.recipient for each in said.settlements] == ["email-0"]
    assert await SqlOutcomes(cascaded.store).sums("alert-1") == [
        ("email", "suppressed", "reached_on_earlier_channel", 1),
        ("push", "delivered", "", 1),
        ("sms", "accepted", "", 1),
    ]


async def test_a_plan_that_is_stored_again_while_it_is_delivered_gives_nobody_a_second_turn(
    cascaded: Any,
) -> None:
    """As by a second planner that was slower, and found the same people."""
    await cascaded.record("push", GONE, DELIVERED_TO_ANOTHER)
    await cascaded.look()
    await cascaded.next()
    await cascaded.record("email", Settled("email-0", Outcome.FAILED))
    await cascaded.look()
    before = await SqlOutcomes(cascaded.store).sums("alert-1")
    plan, batches = cascaded.planned
    await SqlPlans(cascaded.store).store(plan, batches, NOON)
    assert await cascaded.look(MINUTE) == []
    assert await SqlOutcomes(cascaded.store).sums("alert-1") == before
    assert await cascaded.next() == {"email": ["email-2"], "sms": ["sms-0"]}


async def test_who_goes_on_is_put_aside_with_the_reason(cascaded: Any) -> None:
    await cascaded.record("push", GONE)
    await cascaded.look()
    assert await SqlOutcomes(cascaded.store).waiting("alert-1") == [
        ("email", "not_reached_on_earlier_channel", 1)
    ]
