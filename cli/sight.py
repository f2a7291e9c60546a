"""What is seen of a book's workers from one look to the next: how fast each counter grows."""

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from frontdesk.middleware.board import Told
from frontdesk.middleware.report import Totals, Visits
from frontdesk.systemdata.latency import BOUNDS

_WINDOW = 10.0  # seconds that a rate is of: the workers tell of themselves every 2


class Seen(NamedTuple):
    """The workers at one look (monotonic), and the looks of the last seconds, oldest first."""

    at: float
    told: Told
    total: Totals
    earlier: tuple[tuple[float, Totals], ...] = ()

    @property
    def has_rates(self) -> bool:
        """Whether there was a look before."""
        return bool(self.earlier)

    def rate(self, count: Callable[[Totals], float]) -> float:
        """How much something grew a second, lately; 0 at the first look, and where the workers began anew."""
        if not self.earlier:
            return 0.0
        at, before = self.earlier[0]
        return max(0.0, count(self.total) - count(before)) / (self.at - at)


def seen(told: Told, before: Seen | None = None) -> Seen:
    """What is seen now, after what was seen before."""
    now = time.monotonic()
    earlier = () if before is None else (*before.earlier, (before.at, before.total))
    return Seen(now, told, told.total(), tuple(look for look in earlier if now - look[0] <= _WINDOW))


def visits(total: Totals) -> int:
    """All visits."""
    return sum(each.visits for each in total.visits)


def by(total: Totals, name: Callable[[Visits], str]) -> Counter[str]:
    """Visits by one of their labels."""
    sums: Counter[str] = Counter()
    for each in total.visits:
        sums[name(each)] += each.visits
    return sums


def quantile(total: Totals, share: float) -> float | None:
    """Seconds within which a share of all writes ended: the bound of their bucket. None without any; inf beyond all."""
    wanted, so_far = share * sum(total.write_buckets), 0
    for bound, count in zip((*BOUNDS, float("inf")), total.write_buckets, strict=True):
        so_far += count
        if count and so_far >= wanted:
            return bound
    return None
