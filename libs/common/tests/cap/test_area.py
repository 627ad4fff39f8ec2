from decimal import Decimal

from common.cap import Area


def test_an_area_keeps_its_shapes_as_they_were_written() -> None:
    text = " -8.590,115.190  -8.6,115.180 -8.615,115.195 -8.590,115.190 "
    assert Area(area_desc="Shore", polygon=(text,)).polygon == (text,)


def test_heights_are_exact() -> None:
    assert Area.model_validate({"areaDesc": "x", "altitude": " 65.60 "}).altitude == Decimal("65.6")
