"""A plan freezes everybody once, and a follow-up is cut along what it follows."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.envelope import Envelope
from common.events.triage import AlertReleased
from common.subjects import Priority
from notification.batch import MOST_BYTES, Batch
from notification.cascade import Cascade, Role, Step, is_in_cascade
from notification.plan import Occasion, Planned, Share, after_predecessor, by_recipient, make_plan
from notification.ports import Recipient, Text
from testkit.clock import NOON

Released = Callable[..., AlertReleased]
Makes = Callable[..., tuple[Recipient, ...]]
MakesBatch = Callable[..., Batch]
CAUSE = Envelope("e1", "t", "s", NOON, "alert-1")
ENGLISH = Text("en-US", "Tsunami", "Go to high ground.")
NEWER = Text("en-US", "Update: Tsunami", "Stay on high ground.")
GOODBYE = Text("en-US", "Cancelled: Tsunami", "It is not coming.")
SIZES = {"sms": 10, "email": 7}
IN_TURN = Cascade((Step("sms", 60), Step("email", 60)))
FAREWELL = {("sms", "en-US"): GOODBYE}


def occasion(make_released: Released, **changes: Any) -> Occasion:
    return Occasion(make_released(**changes), CAUSE, (), NOON)


def test_everybody_is_in_one_batch_and_the_sums_are_theirs(
    make_released: Released, make_people: Makes
) -> None:
    shares = [Share("sms", ENGLISH, make_people(25)), Share("email", ENGLISH, make_people(8))]
    plan, batches = make_plan(occasion(make_released), shares, 25, SIZES)
    held = Counter((each.channel, who.id) for each in batches for who in each.recipients)
    assert set(held.values()) == {1}
    assert plan.planned.sums == {"sms": 25, "email": 8}
    assert [len(each.recipients) for each in batches] == [10, 10, 5, 7, 1]
    assert [each.batch_id for each in batches] == [each.batch_id for each in plan.planned.batches]
    assert all(each.settles_as == each.batch_id for each in batches)
    assert all(each.batch_id.startswith(plan.plan_id) for each in batches)


def test_the_hash_is_over_all_that_was_frozen(make_released: Released, make_people: Makes) -> None:
    def hashed(text: Text, count: int) -> str:
        shares = [Share("sms", text, make_people(count))]
        plan, _ = make_plan(occasion(make_released), shares, count, SIZES)
        return plan.planned.plan_hash

    assert hashed(ENGLISH, 3) == hashed(ENGLISH, 3)
    assert len({hashed(ENGLISH, 3), hashed(ENGLISH, 4), hashed(NEWER, 3)}) == 3


def cascaded(made: Occasion, cascade: Cascade | None, recipients: tuple[Recipient, ...]) -> Planned:
    shares = [
        Share("sms", ENGLISH, recipients, role=Role.FIRST),
        Share("email", ENGLISH, recipients, role=Role.RESERVE),
    ]
    return make_plan(replace(made, cascade=cascade), shares, len(recipients), SIZES)


def test_who_is_in_reserve_counts_in_the_sums_and_the_plan_says_so(
    make_released: Released, make_people: Makes
) -> None:
    plan, batches = cascaded(occasion(make_released), IN_TURN, make_people(8))
    assert plan.planned.sums == {"sms": 8, "email": 8}
    assert [(each.channel, each.in_reserve) for each in plan.planned.batches] == [
        ("sms", False),
        ("email", True),
        ("email", True),
    ]
    assert [each.channel for each in plan.planned.cascade] == ["sms", "email"]
    assert all(is_in_cascade(each.batch_id) for each in batches)


def test_the_hash_is_over_the_policy_too(make_released: Released, make_people: Makes) -> None:
    made, people = occasion(make_released), make_people(2)
    longer = Cascade((Step("sms", 61), Step("email", 60)))
    hashes = [
        cascaded(made, each, people)[0].planned.plan_hash for each in (IN_TURN, IN_TURN, longer)
    ]
    assert hashes[0] == hashes[1]
    assert hashes[1] != hashes[2]


def test_where_nobody_is_in_reserve_a_plan_has_no_policy(
    make_released: Released, make_people: Makes
) -> None:
    made, share = occasion(make_released), Share("sms", ENGLISH, make_people(3))
    plain, _ = make_plan(made, [share], 3, SIZES)
    plan, (batch,) = make_plan(replace(made, cascade=IN_TURN), [share], 3, SIZES)
    assert plan.planned == plain.planned
    assert not is_in_cascade(batch.batch_id)


def test_an_update_has_a_reserve_of_its_own_and_a_farewell_has_none(
    make_people: Makes, make_batch: MakesBatch
) -> None:
    first, second, gone = make_people(3)
    own = [
        Share("sms", NEWER, [first], role=Role.FIRST),
        Share("sms", NEWER, [second], role=Role.RESERVE),
        Share("sms", NEWER, make_people(1, 9), role=Role.RESERVE),
    ]
    shares = followed((make_batch(3),), own)
    assert [(each.recipients[0].id, each.role, each.only_if_sent) for each in shares] == [
        (first.id, Role.FIRST, False),
        (second.id, Role.RESERVE, False),
        (gone.id, Role.ALONE, True),
        ("sms-9", Role.RESERVE, False),
    ]


def test_a_plan_for_nobody_is_a_plan(make_released: Released) -> None:
    plan, batches = make_plan(occasion(make_released), (), 0, SIZES)
    assert (plan.planned.people, plan.planned.sums, batches) == (0, {}, ())


@pytest.mark.parametrize(("size", "count"), [(50, 500), (2_000, 500), (60_000, 60), (400_000, 3)])
def test_no_batch_is_heavier_than_a_message_may_be(
    make_released: Released, size: int, count: int
) -> None:
    recipients = [Recipient(f"push-{each}", f"p{each}", "x" * size) for each in range(count)]
    shares = [Share("push", ENGLISH, recipients)]
    plan, batches = make_plan(occasion(make_released), shares, count, {"push": 500})
    assert plan.planned.sums == {"push": count}
    assert all(len(each.body()) <= MOST_BYTES for each in batches)


def followed(batches: tuple[Batch, ...], own: list[Share]) -> list[Share]:
    return list(after_predecessor(by_recipient(own), batches, FAREWELL))


def test_each_batch_of_a_follow_up_names_all_that_goes_before_it(
    make_people: Makes, make_batch: MakesBatch
) -> None:
    first = make_batch(3, batch_id="first-0")
    second = replace_after(make_batch(3, batch_id="second-0"), ("first-0",))
    own = [Share("sms", NEWER, make_people(3))]
    (share,) = followed((second,), own)
    assert share.after == ("second-0", "first-0")
    assert [share.after for share in followed((first,), own)] == [("first-0",)]


def replace_after(batch: Batch, after: tuple[str, ...]) -> Batch:
    return msgspec.structs.replace(batch, after=after)


def test_who_is_left_out_of_a_follow_up_is_told_so_if_they_were_sent_anything(
    make_people: Makes, make_batch: MakesBatch
) -> None:
    own = [Share("sms", NEWER, make_people(2))]
    still, gone = followed((make_batch(3),), own)
    assert ([each.id for each in still.recipients], still.only_if_sent) == (
        ["sms-0", "sms-1"],
        False,
    )
    assert ([each.id for each in gone.recipients], gone.only_if_sent) == (["sms-2"], True)
    assert (still.text, gone.text) == (NEWER, GOODBYE)


def test_who_is_new_to_a_chain_comes_after_nobody(
    make_people: Makes, make_batch: MakesBatch
) -> None:
    own = [Share("sms", NEWER, make_people(5))]
    old, new = followed((make_batch(3),), own)
    assert [each.id for each in new.recipients] == ["sms-3", "sms-4"]
    assert (old.after, new.after) == (("plan-0",), ())


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_a_follow_up_reaches_nobody_twice_and_forgets_nobody(
    before: set[int], wanted: set[int]
) -> None:
    batches = tuple(
        batch_of([person(number) for number in part])
        for part in (sorted(before)[::2], sorted(before)[1::2])
    )
    own = [Share("sms", NEWER, [person(number) for number in sorted(wanted)])]
    told = Counter(each.id for share in followed(batches, own) for each in share.recipients)
    assert set(told) == {person(number).id for number in before | wanted}
    assert set(told.values()) <= {1}


def test_a_hundred_thousand_new_people_do_not_hold_up_a_follow_up(make_people: Makes) -> None:
    own = [Share("sms", NEWER, make_people(100_000))]
    began = time.monotonic()
    (share,) = followed((), own)
    assert len(share.recipients) == 100_000
    assert time.monotonic() - began < 5


def person(number: int) -> Recipient:
    return Recipient(f"sms-{number}", f"p{number}", f"+62811{number:06}")


def batch_of(recipients: list[Recipient]) -> Batch:
    return Batch(
        batch_id="plan-0",
        settles_as="plan-0",
        alert_id="alert-1",
        chain="alert-1",
        channel="sms",
        priority=Priority.ROUTINE,
        status="Actual",
        text=ENGLISH,
        recipients=tuple(recipients),
        expires_at=0,
        accepted_at=0,
    )
