from common.cap import Alert, read
from common.cap.limits import over_limits
from testkit.builders import alert, area, info
from testkit.samples import NAMES, sample

SQUARE = "0,0 0,1 1,1 1,0 0,0"


def alert_with(*polygons: str) -> Alert:
    return alert(infos=(info(area=(area(polygon=polygons),)),))


def test_a_thousand_polygons_are_read_and_one_more_is_not() -> None:
    assert not over_limits(alert_with(*[SQUARE] * 1_000))
    (reason,) = over_limits(alert_with(*[SQUARE] * 1_001))
    assert "1001 polygons" in reason.sentence


def test_fifty_thousand_points_are_read_and_one_more_is_not() -> None:
    assert not over_limits(alert_with("0,0 " * 50_000))
    (reason,) = over_limits(alert_with("0,0 " * 50_001))
    assert "50001 points" in reason.sentence


def test_points_are_counted_over_all_infos() -> None:
    half = info(area=(area(polygon=("0,0 " * 25_001,)),))
    assert over_limits(alert(infos=(half, half)))


def test_our_own_alerts_are_within_the_limits() -> None:
    assert not any(over_limits(read(sample(name)).alert) for name in NAMES)
