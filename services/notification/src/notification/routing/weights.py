"""How the shares of providers move when one is in trouble, and come to rest again.

The rule is that of GOV.UK Notify: trouble moves ten points from a provider to its peers, at most
once a minute for all of them together, and after an hour of calm five points go back.
"""

from collections.abc import Mapping
from typing import Final

STEP_POINTS: Final = 10
REST_POINTS: Final = 5
BETWEEN_STEPS_SECONDS: Final = 60.0
CALM_SECONDS: Final = 3600.0


class Weights:
    """The points of the providers of one channel; times are seconds of one monotonic clock."""

    def __init__(self, resting: Mapping[str, int]) -> None:
        self._resting = dict(resting)
        self._points = {name: float(points) for name, points in resting.items()}
        self._moved_at = -CALM_SECONDS

    @property
    def points(self) -> Mapping[str, float]:
        """Return the points of each provider."""
        return self._points

    def trouble(self, name: str, now: float) -> bool:
        """Move points away from a provider; tell whether that was done."""
        peers = [each for each in self._points if each != name and self._resting[each]]
        taken = min(self._points.get(name, 0.0), STEP_POINTS)
        if not peers or not taken or now - self._moved_at < BETWEEN_STEPS_SECONDS:
            return False
        self._points[name] -= taken
        for each in peers:
            self._points[each] += taken / len(peers)
        self._moved_at = now
        return True

    def rest(self, now: float) -> None:
        """Let points go back after a calm hour."""
        if now - self._moved_at < CALM_SECONDS:
            return
        if all(self._points[name] == resting for name, resting in self._resting.items()):
            return
        for name, resting in self._resting.items():
            away = self._points[name] - resting
            self._points[name] -= max(-REST_POINTS, min(REST_POINTS, away))
        self._moved_at = now
