"""Which infos say one thing in several languages, and which of them somebody gets."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from common.cap import Info, Severity
from notification.languages import nearest

WORST_FIRST: Final = tuple(Severity)

Matter = tuple[object, ...]


def own_words(infos: Sequence[Info], indexes: Iterable[int], language: str) -> tuple[int, ...]:
    """Choose among infos, for each matter, those in somebody's language; the worst come first.

    Where their language says less about a matter than another does, they get the other's too.
    """
    matters: dict[Matter, list[int]] = {}
    for index in sorted(set(indexes)):
        matters.setdefault(_matter(infos[index]), []).append(index)
    chosen = [each for group in matters.values() for each in _in_language(infos, group, language)]
    return tuple(
        sorted(chosen, key=lambda index: (WORST_FIRST.index(infos[index].severity), index))
    )


def _in_language(infos: Sequence[Info], group: Sequence[int], language: str) -> list[int]:
    """Return the infos about one matter that somebody gets."""
    counted = Counter(infos[index].language for index in group)
    most = max(counted.values())
    first = nearest(language, tuple(counted))
    languages = {first}
    if counted[first] < most:
        languages.add(nearest(language, [each for each in counted if counted[each] == most]))
    return [index for index in group if infos[index].language in languages]


def _matter(info: Info) -> Matter:
    """Tell matters apart by what translation leaves as it is."""
    return (
        frozenset(text for area in info.area for text in (*area.polygon, *area.circle)),
        frozenset((code.value_name, code.value) for area in info.area for code in area.geocode),
        frozenset(info.category),
        frozenset((code.value_name, code.value) for code in info.event_code),
        (info.urgency, info.severity, info.certainty),
    )
