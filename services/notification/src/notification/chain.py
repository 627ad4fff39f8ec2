"""Who of a chain is reached by a follow-up, and when: never before what it follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notification.ports import Recipient


class Standing(StrEnum):
    """Where a recipient stands with what was said before in the chain."""

    SENT = "sent"
    UNSENT = "unsent"
    WITH_THE_PROVIDER = "with the provider"


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: who goes now, who is passed over, and who is still waited for."""

    go: tuple[Recipient, ...]
    passed_over: tuple[Recipient, ...]
    waiting: tuple[Recipient, ...]


def turn(
    recipients: Sequence[Recipient],
    standing: Callable[[Recipient], Standing],
    *,
    only_if_sent: bool,
    patience_over: bool,
) -> Turn:
    """Sort recipients by where they stand with the predecessor.

    Who is with the provider is waited for; when patience is over they count as possibly sent.
    A cancel or an all-clear passes over whoever was not sent what it ends.
    """
    go, passed_over, waiting = [], [], []
    for recipient in recipients:
        stands = standing(recipient)
        if stands is Standing.WITH_THE_PROVIDER and not patience_over:
            waiting.append(recipient)
        elif stands is Standing.UNSENT and only_if_sent:
            passed_over.append(recipient)
        else:
            go.append(recipient)
    return Turn(tuple(go), tuple(passed_over), tuple(waiting))


def standing_of(
    recipient: Recipient, sent: Mapping[str, bool], with_provider: frozenset[str]
) -> Standing:
    """Say where a recipient stands.

    `sent` has each recipient with an outcome anywhere earlier in the chain, and whether any of
    those was sent; who has none and is not with the provider was not sent and will not be, because
    the predecessor was stopped before.
    """
    if recipient.id in with_provider:
        return Standing.WITH_THE_PROVIDER
    return Standing.SENT if sent.get(recipient.id, False) else Standing.UNSENT
