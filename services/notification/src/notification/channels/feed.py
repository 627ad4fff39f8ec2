"""Public feeds: signed CAP documents, Atom, RSS and a map, as files for any web server."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import structlog
from pydantic import Field, field_validator, model_validator

from common.cap import Alert, alert_id
from common.cap import Refused as NotCap
from common.cap.reading import read_again
from common.cap.signing import read_signer
from common.clock import Clock
from notification.feeds.feed import NAME, Feed
from notification.feeds.files import PartlyShown
from notification.feeds.lock import Held
from notification.feeds.shelf import Shelf
from notification.guard import may_publish, may_send
from notification.ports import (
    Accepted,
    Answer,
    Capabilities,
    OnReceipt,
    ProviderDown,
    PutOff,
    Recipient,
    Refused,
    Unsure,
    Window,
)
from notification.provider_settings import ProviderSettings
from notification.reason import Reason

CAPABILITIES: Final = Capabilities(
    longest_text=1_000_000,
    receipts=False,
    window=20,
    batch=100,
    receipt_deadline_seconds=0,
    document=True,
)
WEB: Final = re.compile(r"(https?)://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?")
WRITERS: Final = 4

log = structlog.get_logger()


class Settings(ProviderSettings):
    """Which feeds there are, each with its title, and the folder that a web server carries.

    The files of a feed are in `folder`/its name, and are found at `base_url`/its name. Documents of
    the last `keep_days` are listed, `most_entries` at most; the map has all of these that are in
    force. `language` is the one that lists are written in where an alert has it.
    """

    folder: Path
    base_url: str
    feeds: tuple[tuple[str, str], ...] = Field(min_length=1)
    key_file: Path
    certificate_file: Path
    author: str = "Kentongan"
    language: str = ""
    most_entries: int = Field(default=100, ge=1)
    keep_days: int = Field(default=90, ge=1)
    default_life_hours: int = Field(default=24, ge=1)
    refresh_seconds: float = Field(default=30.0, gt=0)
    lock_seconds: float = Field(default=5.0, gt=0)
    answer_seconds: float = Field(default=20.0, gt=0)
    busy_seconds: float = Field(default=2.0, gt=0)
    failed_seconds: float = Field(default=15.0, gt=0)

    @field_validator("feeds", mode="before")
    @classmethod
    def feeds_are_a_table(cls, table: Any) -> Any:
        """Keep the table of names and titles in a form that does not change."""
        if not isinstance(table, Mapping):
            raise ValueError("it is a table, as in {village = 'Alerts for our village'}")  # noqa: TRY004 - pydantic wants a ValueError
        return tuple(table.items())

    @field_validator("feeds")
    @classmethod
    def names_can_stand_in_a_url(cls, feeds: Sequence[tuple[str, str]]) -> Any:
        """Refuse a name that is none, and a feed without a title."""
        for name, title in feeds:
            if not NAME.fullmatch(name) or not title.strip():
                raise ValueError(f"{name!r}: a name has small letters, digits and -, and a title")
        return feeds

    @field_validator("link_test_address")
    @classmethod
    def nobody_is_told_of_a_test(cls, address: str) -> str:
        """Refuse link tests: whatever is written into a feed, everybody reads."""
        if address:
            raise ValueError("a feed is read by everybody, so that no test is written into one")
        return address

    @model_validator(mode="after")
    def readers_come_by_https(self) -> Self:
        """Refuse what is no URL of a folder, and plain http but to practice."""
        found = WEB.fullmatch(self.base_url)
        if found is None or (found[1] != "https" and not self.practice):
            raise ValueError("base_url is https and a path, as in https://alerts.example.org/feeds")
        return self

    def feed(self, name: str, title: str) -> Feed:
        """Return one of the feeds, as its readers know it."""
        return Feed(
            name=name,
            title=title,
            url=f"{self.base_url.rstrip('/')}/{name}",
            author=self.author,
            language=self.language,
            most_entries=self.most_entries,
            keep=timedelta(days=self.keep_days),
            life=timedelta(hours=self.default_life_hours),
        )


class FeedProvider:
    """Writes what is sent to a feed into its folder; a thread for each feed at a time."""

    def __init__(self, name: str, settings: Settings, on_receipt: OnReceipt, clock: Clock) -> None:
        del on_receipt
        self.name = name
        self.practice = settings.practice
        self._settings = settings
        self._clock = clock
        self._signer = read_signer(
            settings.key_file.read_bytes(), settings.certificate_file.read_bytes()
        )
        self._shelves = {
            name: Shelf(settings.folder, settings.feed(name, title), clock, settings.lock_seconds)
            for name, title in settings.feeds
        }
        self._threads = ThreadPoolExecutor(WRITERS, f"feed {name}")
        self._following: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to keep the lists as they should be while nothing is sent."""
        self._look_at_the_certificate()
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """End, what is being written first."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
        self._threads.shutdown(wait=False, cancel_futures=True)

    def takes(self, address: str) -> bool:
        """Take the feeds that stand in our settings."""
        return address in self._shelves

    async def send(self, window: Window) -> Sequence[Answer]:
        """Write to each feed; `ProviderDown` if none of them could be written to."""
        refused = may_send(window, self._settings)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        try:
            alert = await asyncio.to_thread(read_again, window.text.document.encode())
        except NotCap:
            return [Refused(Reason.REQUEST_MALFORMED)] * len(window.recipients)
        meant = replace(window, status=alert.status.value)
        refused = may_send(meant, self._settings) or may_publish(alert.scope)
        if refused is not None:
            return [Refused(refused)] * len(window.recipients)
        answers = await asyncio.gather(*(self._told(window, alert, to) for to in window.recipients))
        return self._unless_down(answers)

    async def refresh(self) -> None:
        """Write every list anew that is not as it should be."""
        failures: dict[str, Exception] = {}
        for name, each in self._shelves.items():
            try:
                await self._in_thread(each.refresh)
            except (Held, OSError, PartlyShown) as failure:
                failures[name] = failure
        if failures:
            why = sorted({type(each).__name__ for each in failures.values()})
            log.warning("feeds_not_refreshed", provider=self.name, feeds=[*failures], why=why)

    async def _told(self, window: Window, alert: Alert, to: Recipient) -> Answer:
        found = self._shelves.get(to.address)
        if found is None:
            is_name = NAME.fullmatch(to.address)
            return Refused(Reason.ADDRESS_UNKNOWN if is_name else Reason.ADDRESS_MALFORMED)
        sign = partial(self._signer.sign, alert)
        try:
            await self._in_thread(found.publish, alert_id(alert.key), sign)
        except Held:
            return PutOff(Reason.PROVIDER_BUSY, self._settings.busy_seconds)
        except PartlyShown:
            return Unsure(Reason.PARTLY_SENT)
        except TimeoutError:
            return Unsure(Reason.ANSWER_OVERDUE)
        except OSError as failure:
            log.warning("feed_not_written", provider=self.name, why=failure.strerror)
            return PutOff(Reason.PROVIDER_FAILED, self._settings.failed_seconds)
        return Accepted(f"feed_{window.name_for(to)}")

    def _unless_down(self, answers: Sequence[Answer]) -> Sequence[Answer]:
        """Return the answers; raise ProviderDown if no feed could be written to."""
        known = [each for each in answers if not isinstance(each, Refused)]
        pause = self._settings.failed_seconds
        if known and all(each == PutOff(Reason.PROVIDER_FAILED, pause) for each in known):
            raise ProviderDown(Reason.PROVIDER_FAILED, pause)
        return answers

    def _look_at_the_certificate(self) -> None:
        """Say that readers will not believe us; people are to be told all the same."""
        begins, ends = self._signer.begins, self._signer.ends
        if not begins <= self._clock.now() < ends:
            log.warning("feed_certificate_not_valid", provider=self.name, since=begins, until=ends)

    async def _follow(self) -> None:
        """Refresh for ever: what has expired leaves the map, also when nothing new is sent."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._settings.refresh_seconds)

    async def _in_thread(self, work: Callable[..., Any], *known: Any) -> Any:
        """Work in a thread of ours: a disk that hangs holds nobody else."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._settings.answer_seconds):
            return await loop.run_in_executor(self._threads, work, *known)
