"""Which alerts of a feed stand: of each chain the newest, as everybody who was told knows it."""

from collections.abc import Iterable, Sequence
from typing import Final

from common.cap import MsgType
from notification.feeds.entry import Entry

TOLD: Final = frozenset({MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL})


def standing(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the last word of each chain that is not cancelled.

    An update without infos says nothing new, so what was said before still stands.
    """
    told = [each for each in entries if each.alert.msg_type in TOLD]
    chains: dict[str, list[Entry]] = {}
    links = _Links(told)
    for each in told:
        chains.setdefault(links.chain_of(each.alert_id), []).append(each)
    last = (_last_word(sorted(chain, key=_age, reverse=True)) for chain in chains.values())
    return tuple(each for each in last if each is not None)


def _last_word(newest_first: Sequence[Entry]) -> Entry | None:
    for each in newest_first:
        if each.alert.msg_type is MsgType.CANCEL:
            return None
        if each.alert.infos:
            return each
    return None


def _age(entry: Entry) -> tuple[object, ...]:
    """Order a chain; of two that were sent at once, the one that follows is the newer."""
    return (entry.alert.sent, bool(entry.follows), entry.alert_id)


class _Links:
    """Which alerts reference each other, at whatever distance."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._next: dict[str, str] = {}
        for each in entries:
            for followed in each.follows:
                self._next[self.chain_of(followed)] = self.chain_of(each.alert_id)

    def chain_of(self, alert_id: str) -> str:
        """Return the one alert that stands for a whole chain."""
        while (following := self._next.get(alert_id, alert_id)) != alert_id:
            self._next[alert_id] = self._next.get(following, following)
            alert_id = following
        return alert_id
