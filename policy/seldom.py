"""Saying a thing that may happen again and again, once a minute at most."""

import time
from collections.abc import Hashable

INTERVAL = 60.0
"""Seconds between two warnings of the same trouble."""

_MOST_KNOWN = 64
_ALL_OTHERS = object()


class Seldom:
    """Tells whether a trouble may be told of now. It has no lock, which a fork could leave held.

    Troubles are told apart by a key, such as the place in the code. There are few of them; should there be many, those
    beyond are told of as one.
    """

    def __init__(self) -> None:
        self._told: dict[Hashable, float] = {}

    def admits(self, key: Hashable = None) -> bool:
        """Whether the trouble was not told of within the last minute; if so, it counts as told now."""
        now = time.monotonic()
        if key not in self._told and len(self._told) >= _MOST_KNOWN:
            key = _ALL_OTHERS
        told = self._told.get(key)
        if told is not None and now - told < INTERVAL:
            return False
        self._told[key] = now
        return True

    def forget(self) -> None:
        """Begin anew."""
        self._told.clear()
