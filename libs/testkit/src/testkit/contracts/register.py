"""What every register of triage promises, in memory and in SQL.

The tests that use it give a `desk`: triage without a bus, around the register in question; and
`submission`, which makes what the bus brings of an alert.
"""
# ruff: noqa: D102 - a test's name is its sentence

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from testkit.builders import alert, follow_up, info, newsletter

FLOOD = alert(identifier="flood")
NOWHERE = alert(identifier="nowhere", infos=(info(area=()),))
AGREED = {"concerns": ("sent long ago",)}


class Undone(Exception):  # noqa: N818 - what a rule raises to undo its decision
    """A rule thought better of it."""


class RegisterContract:
    """Promises about one decision at a time, and about what it leaves to say."""

    async def test_a_submission_is_judged_once(self, desk: Any, submission: Any) -> None:
        came, judged = submission(), []

        def judge(facts: Any) -> Any:
            judged.append(facts)
            return desk.judge(came, facts)

        decisions = await asyncio.gather(*(desk.register.decide(came, judge) for _ in range(8)))
        assert len(judged) == 1
        assert sum(decision.change is not None for decision in decisions) == 1
        assert len({tuple(each.id for each in one.sayings) for one in decisions}) == 1

    async def test_a_rule_that_raises_leaves_nothing_behind(
        self, desk: Any, submission: Any
    ) -> None:
        def judge(facts: Any) -> Any:
            raise Undone(facts)

        with pytest.raises(Undone):
            await desk.register.decide(submission(), judge)
        assert not await desk.register.sayings_of(submission().event_id)
        assert not await desk.register.unsaid(10)

    async def test_a_new_alert_stands_alone(self, desk: Any, submission: Any) -> None:
        facts = await self.facts(desk, submission())
        assert facts.earlier == ()
        assert not facts.duplicate

    async def test_another_submission_of_an_alert_is_a_duplicate(
        self, desk: Any, submission: Any
    ) -> None:
        await desk.admit(submission())
        facts = await self.facts(desk, submission(content_sha256="1" * 64))
        assert facts.duplicate

    async def test_a_duplicate_leaves_the_alert_as_it_is(self, desk: Any, submission: Any) -> None:
        await desk.admit(submission(NOWHERE))
        await desk.admit(submission(NOWHERE, content_sha256="1" * 64))
        (held,) = await desk.register.held()
        assert held.submission == submission(NOWHERE)

    async def test_a_follow_up_finds_what_it_names(self, desk: Any, submission: Any) -> None:
        await desk.admit(submission(FLOOD))
        (found,) = (await self.facts(desk, submission(follow_up("Cancel", FLOOD)))).earlier
        assert found.alert_id == submission(FLOOD).accepted.alert_id
        assert found.released
        assert found.audience.by_area

    async def test_an_alert_finds_what_names_it(self, desk: Any, submission: Any) -> None:
        await desk.admit(submission(follow_up("Cancel", FLOOD)))
        (found,) = (await self.facts(desk, submission(FLOOD))).earlier
        assert found.held

    async def test_two_that_name_the_same_unknown_find_each_other(
        self, desk: Any, submission: Any
    ) -> None:
        await desk.admit(submission(follow_up("Update", FLOOD, minutes=5)))
        facts = await self.facts(desk, submission(follow_up("Update", FLOOD, minutes=9)))
        assert len(facts.earlier) == 1

    async def test_a_chain_is_found_whole_and_in_order_of_sent(
        self, desk: Any, submission: Any
    ) -> None:
        second = follow_up("Update", FLOOD, minutes=5)
        for each in (FLOOD, second, follow_up("Update", second, minutes=9)):
            await desk.admit(submission(each))
        facts = await self.facts(desk, submission(follow_up("Cancel", FLOOD, minutes=20)))
        minutes = [(each.sent - FLOOD.sent) / timedelta(minutes=1) for each in facts.earlier]
        assert minutes == [0, 5, 14]
        assert len({each.chain for each in facts.earlier}) == 1

    async def test_a_chain_does_not_show_the_alert_itself(self, desk: Any, submission: Any) -> None:
        update = follow_up("Update", FLOOD, infos=(info(area=()),))
        await desk.admit(submission(FLOOD))
        await desk.admit(submission(update))
        facts: list[Any] = []
        await desk.register.resolve(
            submission(update).accepted.alert_id, lambda _, known: facts.append(known)
        )
        assert [each.alert_id for each in facts[0].earlier] == [submission(FLOOD).accepted.alert_id]

    async def test_what_was_ended_stays_ended(self, desk: Any, submission: Any) -> None:
        await desk.admit(submission(FLOOD))
        await desk.admit(submission(follow_up("Cancel", FLOOD)))
        facts = await self.facts(desk, submission(follow_up("Update", FLOOD, minutes=9)))
        assert [each.ended for each in facts.earlier] == [True, False]

    async def test_what_was_withdrawn_does_not_wait(self, desk: Any, submission: Any) -> None:
        await desk.admit(submission(NOWHERE))
        await desk.admit(submission(follow_up("Cancel", NOWHERE, infos=())))
        assert not await desk.register.held()
        entry = await self.entry(desk, submission(NOWHERE))
        assert (entry.verdict, entry.reason) == ("suppressed", "withdrawn")

    async def test_chains_that_are_joined_are_one(self, desk: Any, submission: Any) -> None:
        fire = alert(identifier="fire", sent=FLOOD.sent + timedelta(minutes=1))
        for each in (FLOOD, fire, follow_up("Update", FLOOD, fire)):
            await desk.admit(submission(each))
        facts = await self.facts(desk, submission(follow_up("Cancel", fire, minutes=30)))
        chains = [each.chain for each in facts.earlier]
        assert chains == [submission(FLOOD).accepted.alert_id] * 3

    async def test_the_alert_that_waits_longest_comes_first(
        self, desk: Any, submission: Any
    ) -> None:
        for name in ("b", "a"):
            await desk.admit(submission(alert(identifier=name, infos=(info(area=()),))))
            desk.clock.forward(timedelta(minutes=1))
        waiting = [each.submission.alert.identifier for each in await desk.register.held()]
        assert waiting == ["b", "a"]

    async def test_an_entry_comes_back_as_it_was_written(self, desk: Any, submission: Any) -> None:
        came = submission(FLOOD, **AGREED)
        decision = await desk.admit(came)
        assert await self.entry(desk, came) == decision.change.entry
        assert await desk.register.held() == [decision.change.entry]

    async def test_an_unknown_alert_is_not_resolved(self, desk: Any) -> None:
        assert await desk.register.resolve("nobody", lambda *_: None) is None

    async def test_an_answer_that_raises_changes_nothing(self, desk: Any, submission: Any) -> None:
        came = submission(FLOOD, **AGREED)
        await desk.admit(came)

        def resolve(entry: Any, facts: Any) -> Any:
            raise Undone(entry, facts)

        with pytest.raises(Undone):
            await desk.register.resolve(came.accepted.alert_id, resolve)
        assert (await self.entry(desk, came)).verdict == "held"

    async def test_an_answer_is_written_with_what_it_says(self, desk: Any, submission: Any) -> None:
        came = submission(FLOOD, **AGREED)
        await desk.admit(came)
        await desk.lifecycle.approve(came.accepted.alert_id, "key_second")
        entry = await self.entry(desk, came)
        assert (entry.verdict, entry.approver, entry.approved) == ("released", "key_second", True)
        said = [each.said_on for each in await desk.register.sayings_of(came.event_id)]
        assert said == ["alert.held", "alert.approved", "alert.released.immediate"]

    async def test_what_is_not_said_is_found_in_order_until_it_is_said(
        self, desk: Any, submission: Any
    ) -> None:
        for each in (FLOOD, follow_up("Cancel", FLOOD)):
            came = submission(each)
            await desk.register.decide(came, partial(desk.judge, came))
        unsaid = await desk.register.unsaid(10)
        assert [each.said_on for each in unsaid] == [
            "alert.released.immediate",
            "alert.ended",
            "alert.released.immediate",
        ]
        assert await desk.register.unsaid(1) == unsaid[:1]
        await desk.register.said([unsaid[0].position], desk.clock.now())
        assert await desk.register.unsaid(10) == unsaid[1:]

    async def test_what_the_chain_has_not_said_yet_comes_before_what_is_new(
        self, desk: Any, submission: Any
    ) -> None:
        others = alert(identifier="market", infos=(newsletter(),))
        for each in (FLOOD, others):
            came = submission(each)
            await desk.register.decide(came, partial(desk.judge, came))
        came = submission(follow_up("Cancel", FLOOD))
        decision = await desk.register.decide(came, partial(desk.judge, came))
        assert [each.said_on for each in decision.sayings] == [
            "alert.released.immediate",
            "alert.ended",
            "alert.released.immediate",
        ]

    async def test_an_ended_alert_tells_its_end_first(self, desk: Any, submission: Any) -> None:
        await desk.admit(submission(FLOOD))
        await desk.admit(submission(follow_up("Cancel", FLOOD)))
        said = await desk.register.sayings_of(submission(FLOOD).event_id)
        assert [each.said_on for each in said] == ["alert.ended", "alert.released.immediate"]

    async def test_a_saying_comes_back_with_its_cause(self, desk: Any, submission: Any) -> None:
        await desk.admit(submission(FLOOD))
        (said,) = await desk.register.sayings_of(submission(FLOOD).event_id)
        assert said.cause == submission(FLOOD).envelope

    async def facts(self, desk: Any, came: Any) -> Any:
        """Return what the register knows around a submission, without deciding about it."""
        seen: list[Any] = []

        def judge(facts: Any) -> Any:
            seen.append(facts)
            raise Undone

        with pytest.raises(Undone):
            await desk.register.decide(came, judge)
        return seen[0]

    async def entry(self, desk: Any, came: Any) -> Any:
        """Return how an alert stands."""
        resolution = await desk.register.resolve(came.accepted.alert_id, lambda *_: None)
        return resolution.entry
