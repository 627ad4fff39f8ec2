from collections.abc import Callable
from datetime import timedelta

from common.events.notification import Outcome
from common.subjects import Priority
from notification.adapters.sql_outcomes import SqlOutcomes
from notification.adapters.sql_sayings import SqlSayings
from notification.batch import Batch
from notification.outcomes import Settled
from testkit.clock import NOON

MakesBatch = Callable[..., Batch]
LANES = tuple(Priority)
SOON = NOON + timedelta(seconds=30)
LATER = NOON + timedelta(minutes=1)


def accepted(name: str) -> Settled:
    return Settled(name, Outcome.ACCEPTED, provider="paper", sent=True)


async def test_what_is_told_waits_in_the_store_until_the_stream_has_it(
    outcomes: SqlOutcomes, sayings: SqlSayings, batch: Batch
) -> None:
    (said,) = await outcomes.record(batch, [accepted("sms-0")], NOON)
    (stored,) = await sayings.unsaid(LANES, LATER)
    assert (stored.event_id, stored.body) == (said.event_id, said.body)
    await sayings.mark_said([said.event_id])
    assert await sayings.unsaid(LANES, LATER) == ()
