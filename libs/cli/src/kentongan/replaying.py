"""Saying a batch again that was given up: to those who were not reached, while its alert lives."""

import base64

from common.events.dead import DeadLetter
from common.events.envelope import Envelope
from common.messaging import Bus, publish
from common.subjects import Bucket
from notification.batch import Batch, moment, read_batch


class NotAgain(Exception):  # noqa: N818 - a fact, told to a person
    """A batch is not said again; the text says why."""


async def say_again(bus: Bus, letter: DeadLetter, number: int) -> str:
    """Say a batch once more, and return in a sentence what was done; else `NotAgain`."""
    batch = _batch_in(letter)
    if batch is not None and letter.is_settled:
        return await _for_the_given_up(bus, letter, batch, number)
    said = await _as_it_came(bus, letter, number)
    over = None if batch is None else await _over(bus, batch)
    return f"{said}; {over}, so nobody is sent it and all of them are settled" if over else said


async def _for_the_given_up(bus: Bus, letter: DeadLetter, batch: Batch, number: int) -> str:
    """Say it for those whose outcome stands already, once for each letter."""
    if over := await _over(bus, batch):
        raise NotAgain(f"not said again: {over}")
    name, attempt = f"d{number}", batch.attempt + 1
    part = batch.part(name, batch.recipients, attempt=attempt, suspects=batch.suspects)
    again = part.going_again()
    if await bus.bucket(Bucket.DELIVERY_PROGRESS).get(again.batch_id) is not None:
        raise NotAgain(_told(number, batch))
    cause = Envelope.of(letter.headers) if letter.headers else None
    sent = await publish(bus, again, cause=cause)
    if sent.duplicate:
        raise NotAgain(_told(number, batch))
    return (
        f"said again on {letter.original_subject} as number {sent.sequence}; what comes of it"
        f" corrects the outcome: kentongan audit timeline {batch.alert_id}"
    )


async def _as_it_came(bus: Bus, letter: DeadLetter, number: int) -> str:
    """Say what nobody has settled yet, under its envelope, with a message id of its own."""
    headers = {**letter.headers, "Nats-Msg-Id": f"{letter.original_id}~dead{number}"}
    body = base64.b64decode(letter.body_base64)
    ack = await bus.jetstream.publish(letter.original_subject, body, headers=headers)
    return f"said again on {letter.original_subject} as number {ack.seq}"


def _batch_in(letter: DeadLetter) -> Batch | None:
    """Return the batch in a letter, or nothing where it cannot be read."""
    try:
        return read_batch(base64.b64decode(letter.body_base64))
    except ValueError:
        return None


async def _over(bus: Bus, batch: Batch) -> str:
    """Return why a batch is not to be sent any more, or nothing."""
    expires_at = moment(batch.expires_at)
    if bus.clock.now() >= expires_at:
        return f"the life of its alert is over since {expires_at:%Y-%m-%d %H:%M:%S} UTC"
    if await bus.bucket(Bucket.STOPPED).get(batch.alert_id) is not None:
        return "its alert was ended"
    return ""


def _told(number: int, batch: Batch) -> str:
    """Tell that a letter was replayed before, and where to see what came of it."""
    return (
        f"dead letter {number} was said again before, and nobody is sent it twice; what came of it:"
        f" kentongan audit timeline {batch.alert_id}"
    )
