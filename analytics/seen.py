"""When a row was first and last seen, no finer than enough visitors came."""

from typing import NamedTuple

from frontdesk.analytics.threshold import AT_ONCE

_MONTH = len("2026-11")


class End(NamedTuple):
    """The first or the last day of a row, as text, with the row's visitors of that day and of its month.

    `at_once` are those of one company, of the month on its busiest day.
    """

    day: str
    visitors: int
    at_once: int
    in_month: int
    at_once_in_month: int

    def told(self, k: int) -> str | None:
        """The day, or the month, where so many visitors came in it, and not one person again and again; or nothing."""
        if self.visitors >= k and self.at_once >= AT_ONCE:
            return self.day
        return self.day[:_MONTH] if self.in_month >= k and self.at_once_in_month >= AT_ONCE else None


def told(ends: tuple[End, End] | None, k: int) -> tuple[str | None, str | None]:
    """When a row was first and last seen."""
    return (None, None) if ends is None else (ends[0].told(k), ends[1].told(k))
