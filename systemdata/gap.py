"""Gaps: what is missing from the book, so that the book itself can say so."""

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from frontdesk.systemdata.shelf import Shelf

# A gap is told when it has been quiet for so long, or has lasted so long.
_QUIET = 1.0
_LONGEST = 60.0


REASONS = (
    "queue_full",
    "too_large",
    "encode_error",
    "disk_full",
    "io_error",
    "closed",
    "shutdown_deadline",
    "deleted_for_room",
)
"""Why records may be missing."""


class Gap(NamedTuple):
    """Records that are missing from the shelves of a class and an entity, by reason, within a time (since 1970)."""

    retention_class: str
    entity: str
    since: float
    until: float
    missing: dict[str, int]


GapLine = Callable[[Gap], tuple[bytes, Shelf]]
"""Makes the line that tells of a gap, with its shelf."""


class Gaps:
    """The gaps that the book does not tell of yet. Its user keeps two threads from using it at once."""

    def __init__(self) -> None:
        self._gaps: dict[tuple[str, str], Gap] = {}

    def note(self, shelf: Shelf, reason: str, count: int = 1, since: float | None = None) -> None:
        """Note records that are missing from a shelf from now on, or since they were written (since 1970)."""
        now = time.time()
        key = shelf.retention_class, shelf.entity
        gap = self._gaps.get(key) or Gap(*key, now, now, Counter())
        gap.missing[reason] = gap.missing.get(reason, 0) + count
        self._gaps[key] = gap._replace(since=min(gap.since, since or now), until=now)

    def due(self, *, all_of_them: bool) -> list[Gap]:
        """The gaps that are over, or have lasted long enough to be told; or every one."""
        now = time.time()
        return [
            gap
            for gap in self._gaps.values()
            if all_of_them or not 0 <= now - gap.until < _QUIET or not 0 <= now - gap.since < _LONGEST
        ]

    def told(self, gap: Gap) -> None:
        """Take out what a line tells of by now; what was noted since stays."""
        key = gap.retention_class, gap.entity
        now = self._gaps.get(key)
        if now is None:
            return
        left = Counter(now.missing)
        left.subtract(gap.missing)
        if +left:
            self._gaps[key] = now._replace(since=gap.until, missing=dict(+left))
        else:
            del self._gaps[key]
