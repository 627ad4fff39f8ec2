"""What the schema cannot say: rules between elements, in the order in which they are looked at."""

from collections.abc import Callable, Iterator

from common.cap.alert import Alert
from common.cap.codes import MsgType, Scope
from common.cap.identity import AlertKey
from common.cap.judging_areas import judge_areas
from common.cap.limits import over_limits
from common.cap.refusal import Flag, FlagKind, Reason, Refused
from common.cap.rules import Rule
from common.cap.values import BLANK

Finding = Reason | Flag

_NOT_IN_NAMES = frozenset(f"{BLANK},<&")


def judge(alert: Alert) -> tuple[Flag, ...]:
    """Raise Refused with every rule that the alert breaks; else give what is odd about it.

    Counts come first: nothing is done with the areas of an alert that has too many.
    """
    findings: list[Finding] = list(over_limits(alert))
    rules = RULES if findings else (*RULES, judge_areas)
    for rule in rules:
        findings += rule(alert)
    reasons = [finding for finding in findings if isinstance(finding, Reason)]
    if reasons:
        raise Refused(reasons)
    return tuple(finding for finding in findings if isinstance(finding, Flag))


def _names(alert: Alert) -> Iterator[Finding]:
    for element, text in (("identifier", alert.identifier), ("sender", alert.sender)):
        path = f"alert/{element}"
        if not text.strip():
            yield Reason(path, Rule.EMPTY, f"the {element} names the alert and is empty")
        elif not _NOT_IN_NAMES.isdisjoint(text):
            sentence = f"the {element} may hold no blanks, no commas, no < and no &"
            yield Reason(path, Rule.NAME_CHARACTERS, sentence)


def _references(alert: Alert) -> Iterator[Finding]:
    path = "alert/references"
    references = (alert.references or "").split()
    if not references and alert.msg_type is not MsgType.ALERT:
        sentence = f"{alert.msg_type} says which alerts it is about, here it names none"
        yield Reason(path, Rule.REFERENCES_MISSING, sentence)
    for text in references:
        try:
            key = AlertKey.parse(text)
        except ValueError:
            sentence = f"{text[:80]!r} is not sender,identifier,sent"
            yield Reason(path, Rule.REFERENCES_FORM, sentence)
            return
        if key == alert.key:
            yield Reason(path, Rule.REFERENCES_ITSELF, "an alert cannot follow itself up")
            return


def _scope(alert: Alert) -> Iterator[Finding]:
    if alert.scope is Scope.RESTRICTED and not (alert.restriction or "").strip():
        sentence = "scope Restricted needs the rule that restricts it"
        yield Reason("alert/restriction", Rule.RESTRICTION_MISSING, sentence)
    if alert.scope is Scope.PRIVATE and not (alert.addresses or "").strip():
        sentence = "scope Private needs the addresses it is for"
        yield Reason("alert/addresses", Rule.ADDRESSES_MISSING, sentence)


def _infos(alert: Alert) -> Iterator[Finding]:
    if not alert.infos and alert.msg_type is MsgType.ALERT:
        yield Flag(FlagKind.SAYS_NOTHING, "alert/info", "there is no info, so nothing to tell")
    for number, info in enumerate(alert.infos, 1):
        if not info.event.strip():
            path = f"alert/info[{number}]/event"
            yield Reason(path, Rule.EMPTY, "the event says what happens and is empty")


def _expiry(alert: Alert) -> Iterator[Finding]:
    for number, info in enumerate(alert.infos, 1):
        path = f"alert/info[{number}]/expires"
        if info.expires is None or info.expires > alert.sent:
            continue
        if info.expires < alert.sent:
            sentence = "it expires before it was sent"
            yield Reason(path, Rule.EXPIRES_BEFORE_SENT, sentence)
        else:
            yield Flag(FlagKind.EXPIRES_WHEN_SENT, path, "it expires in the moment it was sent")


RULES: tuple[Callable[[Alert], Iterator[Finding]], ...] = (
    _names,
    _references,
    _scope,
    _infos,
    _expiry,
)
