"""The plan of an alert: its frozen audience, cut into batches, with its texts, under one hash."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from common.events.envelope import Envelope
from common.events.notification import CascadeStep, NotificationPlanned, PlannedBatch
from common.events.triage import AlertReleased, FollowUp
from notification.batch import MOST_BYTES, Batch, microseconds
from notification.cascade import Cascade, Role, batch_name
from notification.ports import Recipient, Text

ENDING: Final = frozenset({FollowUp.CANCEL, FollowUp.ALL_CLEAR})
ROOM: Final = 0.9
PLAN_ID_LENGTH: Final = 24


@dataclass(frozen=True, slots=True)
class Share:
    """Recipients who get the same text on the same channel.

    Those of a follow-up name the batches that they come after, one for each alert before it,
    newest first; with `only_if_sent` they are reached only if they were sent what it follows. Those
    in reserve are told only where an earlier channel of theirs did not reach the person.
    """

    channel: str
    text: Text
    recipients: Sequence[Recipient]
    after: tuple[str, ...] = ()
    only_if_sent: bool = False
    role: Role = Role.ALONE


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of an alert's plan beside its batches.

    `earlier` are the alerts of its chain before it, newest first; `texts` what was said, by channel
    and language, for a follow-up that brings no words of its own.
    """

    alert_id: str
    chain: str
    earlier: tuple[str, ...]
    expires_at: int
    planned: NotificationPlanned
    texts: Mapping[str, Mapping[str, Text]]
    cause: Envelope

    @property
    def plan_id(self) -> str:
        """Return the part of the hash by which its batches are named."""
        return self.planned.plan_hash[:PLAN_ID_LENGTH]


Planned = tuple[Plan, tuple[Batch, ...]]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a plan is made for: the release, what caused it, what came before, and when.

    With a `cascade` people are told on one channel after the other, else on all at once.
    """

    released: AlertReleased
    cause: Envelope
    earlier: tuple[str, ...]
    now: datetime
    cascade: Cascade | None = None


def make_plan(
    occasion: Occasion, shares: Iterable[Share], people: int, sizes: Mapping[str, int]
) -> Planned:
    """Cut an audience into batches; `sizes` has the most recipients of a batch per channel.

    For a million recipients that is seconds of work: it leaves the event loop.
    """
    released = occasion.released
    cut = [part for share in shares for part in _cut(share, sizes[share.channel])]
    steps = _steps(occasion.cascade, cut)
    plan_hash = _hash(released.alert_id, steps, cut)
    batches = tuple(
        _batch(occasion, share, batch_name(plan_hash[:PLAN_ID_LENGTH], number, share.role))
        for number, share in enumerate(cut)
    )
    sums: dict[str, int] = {}
    for batch in batches:
        sums[batch.channel] = sums.get(batch.channel, 0) + len(batch.recipients)
    planned = NotificationPlanned(
        alert_id=released.alert_id,
        priority=released.priority,
        plan_hash=plan_hash,
        people=people,
        sums=sums,
        batches=tuple(map(_summary, batches, cut)),
        planned_at=occasion.now,
        cascade=steps,
    )
    plan = Plan(
        alert_id=released.alert_id,
        chain=released.chain,
        earlier=occasion.earlier,
        expires_at=microseconds(released.expires_at),
        planned=planned,
        texts=_texts(cut),
        cause=occasion.cause,
    )
    return plan, batches


def _summary(batch: Batch, share: Share) -> PlannedBatch:
    """Say of a batch what a plan says of it."""
    return PlannedBatch(
        batch_id=batch.batch_id,
        channel=batch.channel,
        recipients=len(batch.recipients),
        in_reserve=share.role is Role.RESERVE,
    )


def _steps(cascade: Cascade | None, shares: Iterable[Share]) -> tuple[CascadeStep, ...]:
    """Return the steps of a plan: none where nobody is in reserve."""
    if cascade is None or all(share.role is Role.ALONE for share in shares):
        return ()
    return tuple(
        CascadeStep(channel=each.channel, patience_seconds=each.patience_seconds)
        for each in cascade.steps
    )


Wanted = dict[tuple[str, str], tuple[Share, Recipient]]


def by_recipient(shares: Iterable[Share]) -> Wanted:
    """Return, for (channel, recipient), the share that an audience gives them."""
    return {
        (share.channel, recipient.id): (share, recipient)
        for share in shares
        for recipient in share.recipients
    }


def after_predecessor(
    wanted: Wanted, predecessor: Sequence[Batch], farewell: Mapping[tuple[str, str], Text]
) -> Iterator[Share]:
    """Cut a follow-up along its predecessor's batches.

    Whoever is not `wanted` by the follow-up's own audience gets the `farewell` of their (channel,
    language), if they were sent anything. Who was not in the predecessor at all comes last, behind
    nobody.
    """
    left = dict(wanted)
    for batch in predecessor:
        groups: dict[tuple[str, str, bool, Role], tuple[Text, list[Recipient]]] = {}
        for recipient in batch.recipients:
            own = left.pop((batch.channel, recipient.id), None)
            text = own[0].text if own else farewell.get((batch.channel, batch.text.language))
            if text is not None:
                key = (text.language, text.body, own is None, own[0].role if own else Role.ALONE)
                groups.setdefault(key, (text, []))[1].append(recipient)
        after = (batch.batch_id, *batch.after)
        for (_, _, only_if_sent, role), (text, recipients) in groups.items():
            yield Share(batch.channel, text, recipients, after, only_if_sent, role)
    yield from _newcomers(left)


def _newcomers(left: Wanted) -> Iterator[Share]:
    """Gather those who are new to the chain."""
    groups: dict[tuple[str, str, str, Role], tuple[Share, list[Recipient]]] = {}
    for share, recipient in left.values():
        key = (share.channel, share.text.language, share.text.body, share.role)
        groups.setdefault(key, (share, []))[1].append(recipient)
    for share, recipients in groups.values():
        yield Share(share.channel, share.text, recipients, role=share.role)


def _cut(share: Share, size: int) -> Iterator[Share]:
    """Cut a share into pieces of at most `size` recipients that a message has room for."""
    fixed = len(msgspec.json.encode(share.text)) + 2_000
    remaining = iter(share.recipients)
    while piece := list(islice(remaining, size)):
        for part in _light(piece, int(MOST_BYTES * ROOM) - fixed):
            yield replace(share, recipients=part)


def _light(piece: Sequence[Recipient], most_bytes: int) -> Iterator[Sequence[Recipient]]:
    """Halve a piece until it is light enough."""
    if len(piece) == 1 or len(msgspec.json.encode(piece)) <= most_bytes:
        yield piece
        return
    middle = len(piece) // 2
    yield from _light(piece[:middle], most_bytes)
    yield from _light(piece[middle:], most_bytes)


def _hash(alert_id: str, steps: Iterable[CascadeStep], shares: Sequence[Share]) -> str:
    """Return SHA-256 over all that was frozen."""
    digest = hashlib.sha256(alert_id.encode())
    for step in steps:
        digest.update(step.model_dump_json().encode())
    for share in shares:
        digest.update(msgspec.json.encode(share))
    return digest.hexdigest()


def _batch(occasion: Occasion, share: Share, batch_id: str) -> Batch:
    """Return the message for one piece."""
    released = occasion.released
    return Batch(
        batch_id=batch_id,
        settles_as=batch_id,
        alert_id=released.alert_id,
        chain=released.chain,
        channel=share.channel,
        priority=released.priority,
        status=released.alert.status,
        text=share.text,
        recipients=tuple(share.recipients),
        expires_at=microseconds(released.expires_at),
        accepted_at=microseconds(released.accepted_at),
        after=share.after,
        earlier=occasion.earlier,
        only_if_sent=share.only_if_sent,
    )


def _texts(shares: Iterable[Share]) -> dict[str, dict[str, Text]]:
    """Keep one text per channel and language: what the chain was told."""
    texts: dict[str, dict[str, Text]] = {}
    for share in shares:
        texts.setdefault(share.channel, {}).setdefault(share.text.language, share.text)
    return texts
