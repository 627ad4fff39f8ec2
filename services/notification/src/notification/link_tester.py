"""The tester of links: it sends each provider a message to the operator, when that is due.

A link test is no alert: no plan, no outcome, no entry in the ledger, and it moves neither weights
nor breakers.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from common.clock import Clock
from common.events.envelope import derived_id
from common.messaging.failures import TemporaryFailure
from common.subjects import Priority
from notification import reach
from notification.adapters.sql_link_tests import SqlLinkTests
from notification.linktests.due import is_due, is_overdue
from notification.linktests.link import Link
from notification.linktests.record import Record
from notification.ports import Answer, LinkTest, ProviderDown, PutOff, Recipient, Unsure
from notification.provider_settings import ProviderSettings
from notification.reason import Reason
from notification.rendering import render_link_test
from notification.route import Seat
from notification.wholly import whole

FIRST_SECONDS: Final = 5.0
EVERY_SECONDS: Final = 1.0
SEND_SECONDS: Final = 60.0
NAME: Final = "link-test"
ID_LETTERS: Final = 16
Records = Mapping[Link, Record]

log = structlog.get_logger()


@dataclass(slots=True)
class LinkTester:
    """Test the links of this process, and show what is known of them.

    A provider that has a window of an alert at the moment is left alone until it has none.
    """

    links: Callable[[], Mapping[Link, Seat]]
    store: SqlLinkTests
    clock: Clock
    _since: dict[Link, datetime] = field(default_factory=dict)

    async def run(self) -> None:
        """Show them at once, and look for ever once providers had time to connect."""
        await _patiently(self.show())
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            await _patiently(self.look())
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Show how each link is, and test those that are due."""
        records, now = await self.show(), self.clock.now()
        tests = [
            self._test(record, seat)
            for link, seat in self._tested().items()
            if not seat.windows
            and is_due(record := records.get(link, Record(link)), seat.settings, now)
        ]
        for failure in await asyncio.gather(*tests, return_exceptions=True):
            if failure is not None:
                raise failure

    async def show(self) -> Records:
        """Show how each link is, and return what is known of them."""
        records = await self._known() if self._tested() else {}
        self._show(self.links(), records)
        return records

    def _tested(self) -> dict[Link, Seat]:
        return {link: seat for link, seat in self.links().items() if is_tested(seat.settings)}

    async def _known(self) -> Records:
        """Return what is known of links, with the receipts that have come."""
        records = await whole(self.store.records())
        waiting = any(each.message_id for each in records.values())
        if waiting and await whole(self.store.hear(self.clock.now())):
            return await whole(self.store.records())
        return records

    def _show(self, links: Mapping[Link, Seat], records: Records) -> None:
        now = self.clock.now()
        for gone in self._since.keys() - links.keys():
            reach.forget_link(gone)
        self._since = {link: self._since.get(link, now) for link in links}
        for link, seat in links.items():
            settings, record = seat.settings, records.get(link, Record(link))
            every = settings.link_test_every_seconds if is_tested(settings) else 0
            overdue = is_overdue(record, settings, self._since[link], now)
            reach.show_link(record, every, overdue=overdue)

    async def _test(self, record: Record, seat: Seat) -> None:
        """Test one link, unless another process has begun to."""
        begun = await whole(self.store.begin(record, self.clock.now()))
        if begun is None:
            return
        seat.windows += 1
        try:
            answer = await _answer(seat, self._window(begun, seat.settings))
        finally:
            seat.windows -= 1
        patience = timedelta(seconds=seat.settings.link_test_receipt_seconds)
        ended = begun.answered(answer, self.clock.now(), patience)
        await whole(self.store.keep(ended))
        said = {"answer": type(answer).__name__, "reason": ended.reason if ended.is_ill else None}
        log.info("link_tested", link=record.link.name, **said)

    def _window(self, begun: Record, settings: ProviderSettings) -> LinkTest:
        """Write to the operator's address, and to nobody else."""
        link, now = begun.link, self.clock.now()
        named = f"{NAME}-{derived_id(link.name, now.isoformat())[:ID_LETTERS]}"
        text = render_link_test(link.channel, link.name, now)
        to = Recipient(NAME, NAME, settings.link_test_address, text.language)
        return LinkTest(
            alert_id=named,
            batch_id=named,
            chain=f"{NAME}-{link.name}",
            priority=Priority.ROUTINE,
            text=text,
            recipients=(to,),
            expires_at=now + timedelta(seconds=settings.link_test_receipt_seconds),
        )


async def _patiently(look: Coroutine[Any, Any, object]) -> None:
    """Look once; a store that cannot be used now is asked again."""
    try:
        await look
    except TemporaryFailure as failure:
        log.warning("links_not_looked_at", reason=failure.reason)


def is_tested(settings: ProviderSettings) -> bool:
    """Whether a provider is in use, and has an address that tests may go to."""
    return settings.switched_on and bool(settings.link_test_address)


async def _answer(seat: Seat, window: LinkTest) -> Answer:
    """Return what the provider says; one that does not come back has said nothing."""
    sending = asyncio.ensure_future(seat.provider.send(window))
    try:
        await asyncio.wait([sending], timeout=SEND_SECONDS)
        if not sending.done():
            return Unsure(Reason.ANSWER_OVERDUE)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    match sending.exception():
        case None:
            (answer,) = sending.result()
            return answer
        case ProviderDown() as down:
            return PutOff(_reason(down), down.retry_after)
        case failure:
            log.error("link_test_broke", provider=seat.name, exc_info=failure)
            return Unsure(Reason.NOT_UNDERSTOOD)


def _reason(down: ProviderDown) -> Reason:
    known = down.reason in set(Reason)
    return Reason(down.reason) if known else Reason.PROVIDER_UNREACHABLE
