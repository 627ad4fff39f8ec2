"""The desk of the directory: answers whom an alert would reach, and takes imports."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from common.clock import Clock
from common.problems import Problem, Refusal
from common.questions.notification import (
    BadRow,
    DirectoryImport,
    DirectorySummary,
    ImportReport,
    ImportStep,
    Reach,
    ReachQuestion,
    SummaryQuestion,
)
from notification.adapters.directory import Directory
from notification.adapters.directory_imports import Imports, Tally
from notification.manifest import channel_names
from notification.people_csv import Bad, read_people, repeated

RECIPIENT_BITS: Final = 63
Headers = Mapping[str, str]


def reaching(directory: Directory) -> Callable[[ReachQuestion, Headers], Awaitable[Reach]]:
    """Return what counts whom an alert would reach."""
    channels = channel_names()

    async def reply(question: ReachQuestion, _: Headers) -> Reach:
        audience = await directory.refreshed()
        select = audience.select
        found = await asyncio.to_thread(select, question.alert, question.audience, channels)
        return Reach(people=found.people, channels=found.sums())

    return reply


def importing(
    directory: Directory, clock: Clock
) -> Callable[[DirectoryImport, Headers], Awaitable[ImportReport]]:
    """Return what takes the steps of imports."""
    imports = Imports(directory.engine, lambda: secrets.randbits(RECIPIENT_BITS))
    desk = ImportDesk(imports, clock, channel_names())

    async def reply(question: DirectoryImport, _: Headers) -> ImportReport:
        return await desk.take(question)

    return reply


def summarizing(
    directory: Directory,
) -> Callable[[SummaryQuestion, Headers], Awaitable[DirectorySummary]]:
    """Return what tells who is in the directory."""

    async def reply(_: SummaryQuestion, __: Headers) -> DirectorySummary:
        summary = await directory.summary()
        return DirectorySummary.model_validate(summary, from_attributes=True)

    return reply


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """Takes one step of an import at a time."""

    imports: Imports
    clock: Clock
    channels: Sequence[str]

    async def take(self, question: DirectoryImport) -> ImportReport:
        """Do what a step asks for."""
        match question.step:
            case ImportStep.SEND:
                return await self._send(question)
            case ImportStep.DROP:
                await self.imports.drop(question.import_id)
                return _report(question, 0)
            case ImportStep.PREVIEW | ImportStep.APPLY:
                return await self._finish(question)

    async def _send(self, question: DirectoryImport) -> ImportReport:
        """Keep the good rows, and name what is bad."""
        read = await asyncio.to_thread(
            read_people, question.rows, question.first_row, self.channels
        )
        now = self.clock.now()
        await self.imports.keep(question.import_id, question.first_row, read.entries, now)
        return _report(question, len(read.entries), read.bad)

    async def _finish(self, question: DirectoryImport) -> ImportReport:
        """Look at an import as a whole; apply it if that is the step and nothing is bad."""
        rows = await self.imports.count(question.import_id)
        if rows != question.rows_in_all:
            raise Refusal(
                Problem.of(
                    409,
                    "import-incomplete",
                    f"{rows} good rows of {question.rows_in_all} are here; send the file again",
                )
            )
        twice = repeated(await self.imports.rows(question.import_id))
        if twice:
            return _report(question, rows, twice)
        if question.step is ImportStep.PREVIEW:
            return _report(question, rows, (), await self.imports.preview(question.import_id))
        practice, now = question.practice_groups, self.clock.now()
        return _report(
            question, rows, (), await self.imports.apply(question.import_id, practice, now)
        )


def _report(
    question: DirectoryImport, rows: int, bad: Sequence[Bad] = (), tally: Tally | None = None
) -> ImportReport:
    """Write down what came of a step."""
    sums = tally or Tally()
    return ImportReport(
        import_id=question.import_id,
        step=question.step,
        rows=rows,
        bad=tuple(BadRow.model_validate(each, from_attributes=True) for each in bad),
        added=sums.added,
        changed=sums.changed,
        unchanged=sums.unchanged,
        removed=sums.removed,
        stay_ended=sums.stay_ended,
    )
