"""When a row was first and last seen, no finer than enough visitors came."""

from collections import Counter
from collections.abc import Iterable

from frontdesk.analytics.threshold import Key

_MONTH = len("2026-11")


class Seen:
    """The first and the last time of rows: the day, or the month, where so many visitors came in it; or nothing."""

    def __init__(self, days: Iterable[tuple[Key, str, int]], k: int) -> None:
        self._days: dict[Key, dict[str, int]] = {}
        for key, day, visitors in days:
            self._days.setdefault(key, {})[day] = visitors
        self._k = k

    def ends(self, key: Key) -> tuple[str | None, str | None]:
        """When a row was first and last seen."""
        days = self._days.get(key)
        if not days:
            return None, None
        months: Counter[str] = Counter()
        for day, visitors in days.items():
            months[day[:_MONTH]] += visitors
        first, last = (self._told(day, days, months) for day in (min(days), max(days)))
        return first, last

    def _told(self, day: str, days: dict[str, int], months: Counter[str]) -> str | None:
        if days[day] >= self._k:
            return day
        month = day[:_MONTH]
        return month if months[month] >= self._k else None
