"""Pace: how often something that any stranger can bring about may be written."""

from collections import defaultdict

MOST_IN_A_MINUTE = 60
"""Records of one kind in one minute, whatever their sources."""
HELD_MINUTES = 60
"""Minutes for which it is counted what a source tried, for the source's next record."""

_MOST_HELD = 1024


class Pace:
    """One record for each kind, source and minute, and no more than `MOST_IN_A_MINUTE` of a kind; the rest is counted.

    A source is whatever the caller tells apart, such as a network. What one kind of event takes is no other kind's.
    """

    def __init__(self) -> None:
        self._kinds: defaultdict[str, _Kind] = defaultdict(_Kind)

    def admit(self, kind: str, source: str, at: float) -> int:
        """How many events a record for this source may stand for now; 0 where none may be written."""
        return self._kinds[kind].admit(source, int(at // 60))


class _Kind:
    """The pace of one kind of event."""

    def __init__(self) -> None:
        self._minute = -1
        self._written: set[str] = set()
        self._held: dict[str, tuple[int, int]] = {}  # how often, and the first minute

    def admit(self, source: str, minute: int) -> int:
        if minute != self._minute:
            self._minute = minute
            self._written = set()
            # Of sources that do not come again nothing is kept, or they would keep others from being counted.
            self._held = {each: held for each, held in self._held.items() if minute - held[1] < HELD_MINUTES}
        times, since = self._held.pop(source, (0, minute))
        times += 1
        if source not in self._written and len(self._written) < MOST_IN_A_MINUTE:
            self._written.add(source)
            return times
        if len(self._held) < _MOST_HELD:
            self._held[source] = times, since
        return 0
