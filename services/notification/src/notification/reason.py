"""Why a recipient was not reached, or only later: one vocabulary, each name with its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Remedy(StrEnum):
    """Who can do something about it."""

    NOBODY = "nobody"
    OPERATOR = "operator"
    RECIPIENT = "recipient"


class Reason(StrEnum):
    """A named reason; it travels in outcomes, metrics and the ledger, so names only get added."""

    EXERCISE_ON_LIVE_PROVIDER = "exercise_on_live_provider"
    NOT_FOR_THE_PUBLIC = "not_for_the_public"
    EXPIRED = "expired"
    STOPPED = "stopped"
    KILLED_THE_WORKER = "killed_the_worker"
    RECEIPT_OVERDUE = "receipt_overdue"
    NOTHING_DELIVERED = "nothing_delivered"
    STARTED_BEFORE_CRASH = "started_before_crash"
    NOT_SENT_THE_ALERT_IT_ENDS = "not_sent_the_alert_it_ends"
    REACHED_ON_EARLIER_CHANNEL = "reached_on_earlier_channel"
    NOT_REACHED_ON_EARLIER_CHANNEL = "not_reached_on_earlier_channel"

    ADDRESS_MALFORMED = "address_malformed"
    ADDRESS_UNKNOWN = "address_unknown"
    ADDRESS_DISABLED = "address_disabled"
    DOMAIN_UNKNOWN = "domain_unknown"
    MAILBOX_FULL = "mailbox_full"
    PHONE_UNREACHABLE = "phone_unreachable"
    UNDELIVERABLE = "undeliverable"
    SUBSCRIPTION_ENDED = "subscription_ended"
    ENDPOINT_NOT_PUBLIC = "endpoint_not_public"
    UNSUBSCRIBED = "unsubscribed"

    TEXT_TOO_LONG = "text_too_long"
    TEXT_REFUSED = "text_refused"
    REQUEST_MALFORMED = "request_malformed"
    BLOCKED_BY_PROVIDER = "blocked_by_provider"
    CREDENTIALS_REFUSED = "credentials_refused"
    SENDER_REFUSED = "sender_refused"
    CLOCKS_DIFFER = "clocks_differ"
    REFUSED_BY_PROVIDER = "refused_by_provider"

    PROVIDER_BUSY = "provider_busy"
    PROVIDER_FAILED = "provider_failed"
    PROVIDER_UNREACHABLE = "provider_unreachable"
    CONNECTION_LOST = "connection_lost"
    ANSWER_OVERDUE = "answer_overdue"
    PARTLY_SENT = "partly_sent"
    NO_PROVIDER = "no_provider"
    NOT_UNDERSTOOD = "not_understood"

    @property
    def sentence(self) -> str:
        """Say it so that a person understands."""
        return EXPLANATIONS[self].sentence

    @property
    def remedy(self) -> Remedy:
        """Tell who can do something about it."""
        return EXPLANATIONS[self].remedy


@dataclass(frozen=True, slots=True)
class Explanation:
    """The sentence of a reason, and who can do something about it."""

    sentence: str
    remedy: Remedy = Remedy.NOBODY


_OPERATOR: Final = Remedy.OPERATOR
_RECIPIENT: Final = Remedy.RECIPIENT

EXPLANATIONS: Final[Mapping[Reason, Explanation]] = {
    Reason.EXERCISE_ON_LIVE_PROVIDER: Explanation(
        "Only an Actual alert may go to a live provider, and this one is not.", _OPERATOR
    ),
    Reason.NOT_FOR_THE_PUBLIC: Explanation(
        "It is not for the public, and everybody reads what is sent here."
    ),
    Reason.EXPIRED: Explanation("The alert expired before it could be sent."),
    Reason.STOPPED: Explanation("The alert was ended before it was sent."),
    Reason.KILLED_THE_WORKER: Explanation(
        "Sending to this recipient ended the worker again and again.", _OPERATOR
    ),
    Reason.RECEIPT_OVERDUE: Explanation("The provider took it and never said what became of it."),
    Reason.NOTHING_DELIVERED: Explanation(
        "The provider takes messages and delivers none: another one is asked.", _OPERATOR
    ),
    Reason.STARTED_BEFORE_CRASH: Explanation(
        "The worker ended in the middle of sending: it was possibly sent."
    ),
    Reason.NOT_SENT_THE_ALERT_IT_ENDS: Explanation(
        "The alert that this one ends was never sent to this address."
    ),
    Reason.REACHED_ON_EARLIER_CHANNEL: Explanation(
        "The person was reached on an earlier channel, so nothing was sent here."
    ),
    Reason.NOT_REACHED_ON_EARLIER_CHANNEL: Explanation(
        "No earlier channel has reached the person so far: it is sent here now."
    ),
    Reason.ADDRESS_MALFORMED: Explanation("The address is not written as one.", _RECIPIENT),
    Reason.ADDRESS_UNKNOWN: Explanation("The provider knows no such address.", _RECIPIENT),
    Reason.ADDRESS_DISABLED: Explanation("The address takes no messages any more.", _RECIPIENT),
    Reason.DOMAIN_UNKNOWN: Explanation("No mail is taken for this domain.", _RECIPIENT),
    Reason.MAILBOX_FULL: Explanation("The mailbox is full.", _RECIPIENT),
    Reason.PHONE_UNREACHABLE: Explanation(
        "The phone was switched off or out of reach for as long as the alert lived.", _RECIPIENT
    ),
    Reason.UNDELIVERABLE: Explanation("The network could not deliver it.", _RECIPIENT),
    Reason.SUBSCRIPTION_ENDED: Explanation("The subscription has ended.", _RECIPIENT),
    Reason.ENDPOINT_NOT_PUBLIC: Explanation(
        "It leads to a machine, or a port of it, that is not public https.", _RECIPIENT
    ),
    Reason.UNSUBSCRIBED: Explanation("The person does not want messages here.", _RECIPIENT),
    Reason.TEXT_TOO_LONG: Explanation("The text is longer than the provider takes.", _OPERATOR),
    Reason.TEXT_REFUSED: Explanation("The provider does not take this text.", _OPERATOR),
    Reason.REQUEST_MALFORMED: Explanation(
        "The provider did not understand the request.", _OPERATOR
    ),
    Reason.BLOCKED_BY_PROVIDER: Explanation("The provider's policy blocked it.", _OPERATOR),
    Reason.CREDENTIALS_REFUSED: Explanation("The provider does not let us in.", _OPERATOR),
    Reason.SENDER_REFUSED: Explanation("The provider does not take our sender.", _OPERATOR),
    Reason.CLOCKS_DIFFER: Explanation(
        "Our clock and that of the system that is told differ: it refuses what we sign.",
        _OPERATOR,
    ),
    Reason.REFUSED_BY_PROVIDER: Explanation("The provider refused it.", _OPERATOR),
    Reason.PROVIDER_BUSY: Explanation("The provider asked us to slow down."),
    Reason.PROVIDER_FAILED: Explanation("The provider could not take it for the moment."),
    Reason.PROVIDER_UNREACHABLE: Explanation("The provider could not be reached.", _OPERATOR),
    Reason.CONNECTION_LOST: Explanation(
        "The connection was lost before the provider answered: it was possibly sent."
    ),
    Reason.ANSWER_OVERDUE: Explanation(
        "The provider did not answer in time: it was possibly sent."
    ),
    Reason.PARTLY_SENT: Explanation("Only a part of it was taken."),
    Reason.NO_PROVIDER: Explanation("No provider is set up that reaches it.", _OPERATOR),
    Reason.NOT_UNDERSTOOD: Explanation("The provider answered with words we do not know."),
}
