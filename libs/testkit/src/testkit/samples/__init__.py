"""CAP alerts of our own, of a made-up village on a bay: to read from tests and to try out.

`NAMES` are accepted, `FLAGGED` are accepted with that flag, `REFUSED` are refused for that rule.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from common.cap import FlagKind, Rule

NAMES = ("tsunami_warning", "tsunami_update", "tsunami_cancel", "flood_exercise")
FLAGGED: Final[Mapping[str, FlagKind]] = {
    "flagged/expires_when_sent": FlagKind.EXPIRES_WHEN_SENT,
    "flagged/overlapping_polygons": FlagKind.POLYGONS_OVERLAP,
    "flagged/radius_zero": FlagKind.CIRCLE_WITHOUT_EXTENT,
    "flagged/signature_by_nobody": FlagKind.SIGNATURE_INVALID,
    "flagged/touching_itself": FlagKind.POLYGON_TOUCHES_ITSELF,
}
REFUSED: Final[Mapping[str, Rule]] = {
    "refused/area_without_name": Rule.EMPTY,
    "refused/cancel_without_references": Rule.REFERENCES_MISSING,
    "refused/cap_1_1": Rule.NAMESPACE,
    "refused/circle_without_radius": Rule.CIRCLE_FORM,
    "refused/doctype": Rule.DOCTYPE,
    "refused/expires_before_sent": Rule.EXPIRES_BEFORE_SENT,
    "refused/naive_time": Rule.TIME,
    "refused/order_wrong": Rule.ELEMENT_ORDER,
    "refused/polygon_crossing_itself": Rule.POLYGON_CROSSING,
    "refused/polygon_longitude_first": Rule.POLYGON_RANGE,
    "refused/polygon_on_a_line": Rule.POLYGON_DEGENERATE,
    "refused/polygon_open": Rule.POLYGON_OPEN,
    "refused/sender_with_blanks": Rule.NAME_CHARACTERS,
    "refused/severity_missing": Rule.ELEMENT_MISSING,
    "refused/unknown_code": Rule.CODE,
    "refused/update_without_references": Rule.REFERENCES_MISSING,
}


def sample(name: str) -> bytes:
    """Give the XML of one of them."""
    return files(__name__).joinpath(f"{name}.xml").read_bytes()
