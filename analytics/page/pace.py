"""Pace: how many wrong tokens a network, and everybody together, may try in a minute, and how many pages somebody."""

from collections import Counter
from collections.abc import Callable

from frontdesk.policy.networks import pack

_MINUTE = 60
_MOST_HELD = 4096  # sources told apart in a minute; the rest share one


class Pace:
    """So many of something in a minute, by each source and by all."""

    def __init__(self, clock: Callable[[], float], *, each: int, together: int) -> None:
        self._clock = clock
        self._each = each
        self._together = together
        self._minute = -1
        self._counts: Counter[str] = Counter()

    def wait(self, source: str) -> int:
        """Seconds until this source may go on; 0 where it may now."""
        now = self._turn()
        tired = self._counts[self._held(source)] >= self._each or self._counts.total() >= self._together
        return _MINUTE - int(now % _MINUTE) if tired else 0

    def count(self, source: str) -> None:
        """Count one."""
        self._turn()
        self._counts[self._held(source)] += 1

    def _turn(self) -> float:
        now = self._clock()
        if int(now // _MINUTE) != self._minute:
            self._minute = int(now // _MINUTE)
            self._counts.clear()
        return now

    def _held(self, source: str) -> str:
        return source if source in self._counts or len(self._counts) < _MOST_HELD else ""


def network_of(peer: str | None) -> str:
    """The network of a peer, as it may be told apart here: /24 of IPv4, /48 of IPv6; never the address."""
    packed = None if peer is None else pack(peer)
    if packed is None:
        return "unknown"
    return packed[: 3 if len(packed) == 4 else 6].hex()  # noqa: PLR2004
