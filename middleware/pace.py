"""Pace: how often something that any stranger can bring about may be written."""

from collections import Counter

MOST_IN_A_MINUTE = 60
"""Records of one minute, whatever their sources."""

_MOST_HELD = 1024


class Pace:
    """One record for each source and minute, and no more than `MOST_IN_A_MINUTE` in all; the rest is counted.

    A source is whatever the caller tells apart, such as a kind of event and a network.
    """

    def __init__(self) -> None:
        self._minute = -1
        self._written: set[str] = set()
        self._held: Counter[str] = Counter()

    def admit(self, source: str, at: float) -> int:
        """How many events a record for this source may stand for now; 0 where none may be written."""
        minute = int(at // 60)
        if minute != self._minute:
            self._minute = minute
            self._written = set()
        if source in self._written or len(self._written) >= MOST_IN_A_MINUTE:
            if source in self._held or len(self._held) < _MOST_HELD:
                self._held[source] += 1
            return 0
        self._written.add(source)
        return 1 + self._held.pop(source, 0)
