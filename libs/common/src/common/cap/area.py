"""Where an info applies: a description, and polygons, circles or codes of places."""

from common.cap.element import Element, Many, NamedValue
from common.cap.values import Number, Text


class Area(Element):
    """A CAP `<area>`; `polygon` and `circle` stay text, `common.cap.geometry` reads them."""

    area_desc: Text
    polygon: Many[Text] = ()
    circle: Many[Text] = ()
    geocode: Many[NamedValue] = ()
    altitude: Number | None = None
    ceiling: Number | None = None
