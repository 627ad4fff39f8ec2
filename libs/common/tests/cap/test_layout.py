from common.cap.layout import ALERT, CAP, REPEATING


def test_elements_stand_in_the_order_of_the_standard() -> None:
    names = [place.name for place in sorted(ALERT.values(), key=lambda place: place.position)]
    assert names[:6] == ["identifier", "sender", "sent", "status", "msgType", "source"]
    assert names[-1] == "info"


def test_an_area_is_found_inside_an_info() -> None:
    info = ALERT[f"{{{CAP}}}info"].inside
    assert info is not None
    area = info[f"{{{CAP}}}area"].inside
    assert area is not None
    assert f"{{{CAP}}}polygon" in area


def test_what_may_come_again_is_known_by_name() -> None:
    assert {"info", "area", "polygon", "parameter", "code", "Signature"} <= REPEATING
    assert REPEATING.isdisjoint({"sent", "headline", "areaDesc"})
