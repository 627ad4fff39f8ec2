"""The desk of links: answers what their last tests came to, and has them tested at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.clock import Clock
from common.problems import Problem, Refusal
from common.questions.notification import (
    LinksAsked,
    LinkShown,
    LinksQuestion,
    LinksShown,
    LinksTest,
)
from notification.adapters.sql_link_tests import SqlLinkTests
from notification.linktests.due import is_overdue
from notification.linktests.link import Link
from notification.linktests.record import Record
from notification.provider_settings import ProviderSettings
from notification.providers_file import Entry

NO_ADDRESS = "no_address"
SWITCHED_OFF = "switched_off"
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LinkDesk:
    """Answers for the links of all processes: what they find is in the store.

    `lanes_apart` says that the immediate lane has a process of its own, `since` when we began.
    """

    entries: Callable[[], Sequence[Entry]]
    store: SqlLinkTests
    clock: Clock
    lanes_apart: bool
    since: datetime

    async def show(self, _: LinksQuestion, __: Headers) -> LinksShown:
        """Show every link."""
        records, now = await self.store.records(), self.clock.now()
        return LinksShown(
            now=now,
            links=tuple(
                self._shown(records.get(link, Record(link)), settings, now)
                for link, settings in sorted(self._links(), key=lambda each: each[0])
            ),
        )

    async def test(self, question: LinksTest, _: Headers) -> LinksAsked:
        """Have links tested by whichever processes they belong to."""
        known = {link.name: (link, settings) for link, settings in self._links()}
        unknown = set(question.names) - known.keys()
        if unknown:
            raise Refusal(_unknown(unknown, known))
        untested = {name: why for name, (_, each) in known.items() if (why := _untested(each))}
        refused = untested.keys() & set(question.names)
        if refused:
            raise Refusal(_not_tested({name: untested[name] for name in refused}))
        names = sorted(question.names or known.keys() - untested.keys())
        now = self.clock.now()
        await self.store.ask([known[name][0] for name in names], now)
        return LinksAsked(at=now, names=tuple(names))

    def _links(self) -> Iterator[tuple[Link, ProviderSettings]]:
        for entry in self.entries():
            yield Link(entry.channel, entry.name), entry.settings
            if entry.is_split and self.lanes_apart:
                yield Link(entry.channel, entry.name, immediate=True), entry.settings

    def _shown(self, record: Record, settings: ProviderSettings, now: datetime) -> LinkShown:
        why = _untested(settings)
        if why:
            return LinkShown(name=record.link.name, state=why, well=True)
        overdue = is_overdue(record, settings, self.since, now)
        return LinkShown(
            name=record.link.name,
            state=record.state,
            well=not (record.is_ill or overdue),
            reason=record.reason or "",
            sentence=record.reason.sentence if record.reason else "",
            found_at=record.found_at,
            under_way=record.is_under_way,
            overdue=overdue,
        )


def _untested(settings: ProviderSettings) -> str:
    """Return why a link is not tested, or nothing."""
    if not settings.switched_on:
        return SWITCHED_OFF
    return "" if settings.link_test_address else NO_ADDRESS


def _unknown(names: set[str], known: Mapping[str, object]) -> Problem:
    given, all_ = ", ".join(sorted(names)), ", ".join(sorted(known))
    return Problem.of(404, "link-unknown", f"There is no {given}; links are {all_}.")


def _not_tested(untested: Mapping[str, str]) -> Problem:
    given = ", ".join(f"{name} ({why})" for name, why in sorted(untested.items()))
    return Problem.of(
        409, "link-not-tested", f"{given}: a test needs switched_on and link_test_address."
    )
