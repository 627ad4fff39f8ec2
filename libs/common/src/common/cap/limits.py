"""How much an alert may hold, looked at before any work is done on it."""

from common.cap.alert import Alert
from common.cap.refusal import Reason
from common.cap.rules import Rule

MOST_BYTES = 1_000_000
MOST_INFOS = 500
MOST_POLYGONS = 1_000
MOST_POINTS = 50_000


def over_limits(alert: Alert) -> tuple[Reason, ...]:
    """Count polygons, circles and points without reading any of them."""
    areas = [area for info in alert.infos for area in info.area]
    shapes = sum(len(area.polygon) + len(area.circle) for area in areas)
    points = sum(polygon.count(",") for area in areas for polygon in area.polygon)
    reasons = []
    if shapes > MOST_POLYGONS:
        reasons.append(
            Reason(
                "alert", Rule.AREA_LIMIT, f"{shapes} polygons and circles; at most {MOST_POLYGONS}"
            )
        )
    if points > MOST_POINTS:
        reasons.append(Reason("alert", Rule.AREA_LIMIT, f"{points} points; at most {MOST_POINTS}"))
    return tuple(reasons)
