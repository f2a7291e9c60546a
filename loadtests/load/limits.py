"""Limits: what a run may show, and the verdict on what it showed."""

from typing import NamedTuple


class Limits(NamedTuple):
    """The most of each that a run may show. None: not looked at."""

    failed: float | None = 0  # requests that somebody did not get answered as they should
    p99_ms: float | None = 250  # milliseconds within which 99 of 100 pages are answered
    added_ms: float | None = 2.0  # milliseconds that the median page takes longer than from the bare app
    cpu_ratio: float | None = 2.5  # CPU time of the server for a request, times the bare app's
    dropped: float | None = 0  # visits that the book counted as dropped
    unaccounted: float | None = 0  # visits that do not add up, and damaged segments
    growth_mb: float | None = 24  # MB of private memory by which a worker grows after the first fifth


class Found(NamedTuple):
    """What a run showed; None where it could not be measured."""

    failed: float
    p99_ms: float | None
    added_ms: float | None
    cpu_ratio: float | None
    dropped: float | None
    unaccounted: float | None
    growth_mb: float | None


WORDS = {
    "failed": "requests failed",
    "p99_ms": "ms, 99 of 100 pages are answered within, after the first tenth of the time",
    "added_ms": "ms more than from the bare app, in the median",
    "cpu_ratio": "times the bare app's CPU time for a request",
    "dropped": "visits dropped",
    "unaccounted": "visits unaccounted for, or damage in the book",
    "growth_mb": "MB of memory that a worker grew",
}
"""What each limit is of."""


class Verdict(NamedTuple):
    """One limit, and whether it was kept."""

    name: str
    found: float | None
    limit: float | None

    @property
    def kept(self) -> bool:
        """A limit that is not looked at is kept; one that could not be measured is too, and is shown as such."""
        return self.limit is None or self.found is None or self.found <= self.limit

    def __str__(self) -> str:
        found = "not measured" if self.found is None else f"{self.found:,.3f}".rstrip("0").rstrip(".")
        limit = "no limit" if self.limit is None else f"at most {self.limit:,g}"
        return f"{'kept  ' if self.kept else 'MISSED'}  {self.name:<12} {found:>12}  {limit:<14} {WORDS[self.name]}"


def judge(found: Found, limits: Limits) -> list[Verdict]:
    """The verdict on every limit, in their order."""
    return [Verdict(name, getattr(found, name), getattr(limits, name)) for name in Limits._fields]
