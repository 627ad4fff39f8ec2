"""Whoever comes in holds a key that may do what they want."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from common.problems import Refusal

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge


async def test_a_header_becomes_the_key_that_it_opens(edge: Edge) -> None:
    secret = await edge.key()
    key = await edge.desk.entrance.key_of(f"Bearer {secret}")
    assert key.id == f"key_{secret[4:12]}"


async def test_the_right_part_with_a_wrong_secret_opens_nothing(edge: Edge) -> None:
    secret = await edge.key()
    with pytest.raises(Refusal) as refused:
        await edge.desk.entrance.key_of(f"Bearer {secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}")
    assert refused.value.problem.reason == "unknown-key"


async def test_whoever_may_not_submit_spends_nothing(edge: Edge) -> None:
    reader = f"Bearer {await edge.key(senders=(), may=('read-all',), quota_per_minute=1)}"
    for _ in range(3):
        with pytest.raises(Refusal) as refused:
            await edge.desk.entrance.submitting(reader)
        assert refused.value.problem.status == 403


async def test_approving_is_a_right_of_its_own(edge: Edge) -> None:
    publisher, second = await edge.key(), await edge.key(senders=(), may=("approve",))
    assert (await edge.desk.entrance.approving(f"Bearer {second}")).only_exercises
    with pytest.raises(Refusal, match="approve"):
        await edge.desk.entrance.approving(f"Bearer {publisher}")
