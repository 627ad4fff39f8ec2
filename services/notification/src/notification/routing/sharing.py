"""How the recipients of a window are shared out among providers."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


def shared(whole: Sequence[T], points: Mapping[str, float], at: float) -> dict[str, Sequence[T]]:
    """Cut a sequence into neighboring pieces, one for each name, as large as its points.

    `at`, from 0 up to 1, is where the first cut begins: chosen at random, it makes one recipient
    go to each provider as often as its points say. Names without points get nothing, unless
    nobody has any: then all are alike.
    """
    weighed = {name: each for name, each in points.items() if each > 0} or dict.fromkeys(points, 1)
    ends = list(accumulate(weighed.values()))
    cuts = [0, *(int(end / ends[-1] * len(whole) + at) for end in ends[:-1]), len(whole)]
    pieces = {
        name: whole[start:end]
        for name, start, end in zip(weighed, cuts[:-1], cuts[1:], strict=True)
    }
    return {name: piece for name, piece in pieces.items() if piece}
