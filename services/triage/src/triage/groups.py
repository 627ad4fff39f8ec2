"""How an alert names its audience besides its areas: in `addresses`, and in a parameter.

`addresses` may hold `group:NAME` words, between blanks, under any scope; an info may hold a
`parameter` whose `valueName` is `kentongan:group` and whose `value` is the NAME. NAME is a group or
role of the directory. The word `everyone` in place of a name (or alone in `addresses`) means all.
What else stands in `addresses` names nobody here. A geocode is a place only where policy says which
groups live there.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from common.cap.alert import Alert
from common.cap.area import Area
from triage.policy import PlaceGroup

PREFIX: Final = "group:"
PARAMETER: Final = "kentongan:group"
EVERYONE: Final = "everyone"


def named_groups(alert: Alert) -> tuple[str, ...]:
    """Return the groups that an alert names, sorted, each once; `everyone` may be among them."""
    return tuple(sorted({name.strip().lower() for name in _names(alert)} - {""}))


def is_usable(area: Area) -> bool:
    """Whether an area says where: a polygon, or a circle that is more than a point."""
    return bool(area.polygon) or any(_radius(circle) > 0 for circle in area.circle)


def groups_of_places(areas: Iterable[Area], places: Sequence[PlaceGroup]) -> frozenset[str]:
    """Return the groups that policy has for the geocodes of these areas."""
    codes = {(code.value_name, code.value) for area in areas for code in area.geocode}
    named = (place.groups for place in places if (place.value_name, place.value) in codes)
    return frozenset(group for groups in named for group in groups)


def _names(alert: Alert) -> Iterator[str]:
    """Yield the names as they are written."""
    for word in (alert.addresses or "").replace('"', " ").split():
        if word.lower() == EVERYONE:
            yield word
        elif word.lower().startswith(PREFIX):
            yield word[len(PREFIX) :]
    for info in alert.infos:
        yield from (each.value for each in info.parameter if each.value_name == PARAMETER)


def _radius(circle: str) -> float:
    """Return the radius in kilometers of a circle, written `lat,lon radius`."""
    return float(circle.rsplit(maxsplit=1)[-1])
