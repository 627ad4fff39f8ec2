"""The order in which CAP 1.2 puts its elements, and which of them may come again."""

from collections.abc import Mapping
from dataclasses import dataclass

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DSIG}}}Signature"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands in its parent, whether it repeats, and what it has inside."""

    position: int
    name: str
    repeats: bool
    inside: "Layout | None"


Layout = Mapping[str, Place]


def _layout(names: str, inside: Mapping[str, Layout] | None = None) -> Layout:
    """Build a layout from names in order; a star marks those that repeat."""
    children = inside or {}
    return {
        f"{{{CAP}}}{name.rstrip('*')}": Place(
            position, name.rstrip("*"), name.endswith("*"), children.get(name.rstrip("*"))
        )
        for position, name in enumerate(names.split())
    }


_NAMED_VALUE = _layout("valueName value")
_RESOURCE = _layout("resourceDesc mimeType size uri derefUri digest")
_AREA = _layout("areaDesc polygon* circle* geocode* altitude ceiling", {"geocode": _NAMED_VALUE})
_INFO = _layout(
    "language category* event responseType* urgency severity certainty audience eventCode* "
    "effective onset expires senderName headline description instruction web contact parameter* "
    "resource* area*",
    {
        "eventCode": _NAMED_VALUE,
        "parameter": _NAMED_VALUE,
        "resource": _RESOURCE,
        "area": _AREA,
    },
)
ALERT: Layout = _layout(
    "identifier sender sent status msgType source scope restriction addresses code* note "
    "references incidents info*",
    {"info": _INFO},
)


def _repeating(layout: Layout) -> frozenset[str]:
    own = {place.name for place in layout.values() if place.repeats}
    inner = (_repeating(place.inside) for place in layout.values() if place.inside)
    return frozenset(own.union(*inner))


REPEATING = _repeating(ALERT) | {"Signature"}
