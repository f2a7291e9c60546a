"""How long writing takes: a histogram of fixed buckets, kept by the one thread that writes."""

from bisect import bisect_left
from typing import NamedTuple

BOUNDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
"""Upper bounds of the buckets, in seconds. Above the last there is one more, without a bound."""


class Timed(NamedTuple):
    """How many writes fell into each bucket, and how many seconds they took together."""

    buckets: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    seconds: float = 0.0


class Latency:
    """The durations of all writes since the start."""

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one write."""
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds

    def told(self) -> Timed:
        """What was counted so far."""
        return Timed(tuple(self._buckets), self._seconds)
