"""CAP writes places as `lat,lon` and GeoJSON as lon, lat: read here, once, into lon, lat."""

import re

import numpy as np

from common.cap.antimeridian import Points
from common.cap.rules import Rule

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?"
_PAIR = re.compile(rf"{NUMBER},{NUMBER}", re.ASCII)
_MOST_LATITUDE = 90.0
_MOST_LONGITUDE = 180.0


class Unusable(ValueError):  # noqa: N818 -- a shape is unusable, it is not itself an error
    """A polygon or circle breaks a rule."""

    def __init__(self, rule: Rule, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


def parse_points(pairs: list[str], form: Rule, bounds: Rule) -> Points:
    """Read pairs of `lat,lon` into rows of (lon, lat); raise Unusable under the rule given."""
    for pair in pairs:
        if not _PAIR.fullmatch(pair):
            raise Unusable(form, f"{pair[:40]!r} is not latitude,longitude")
    points = np.array([float(number) for pair in pairs for number in pair.split(",")])
    points = points.reshape(-1, 2)[:, ::-1]
    outside = np.any(np.abs(points) > (_MOST_LONGITUDE, _MOST_LATITUDE), axis=1)
    if outside.any():
        pair = pairs[int(outside.argmax())]
        raise Unusable(bounds, f"{pair[:40]} is not on Earth; latitude comes first")
    return points
