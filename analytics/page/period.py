"""The time that a page looks at: some days up to today, or one month."""

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple, Self

from frontdesk.analytics.page.errors import PageError

DAYS = (7, 30, 90)
USUAL = "30d"
_MONTH = re.compile(r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])")


class Period(NamedTuple):
    """Whole days of UTC, the first and the last one. `name` is what stands in the page's address."""

    name: str
    first: date
    last: date

    @classmethod
    def read(cls, name: str, today: date) -> Self:
        """The period of a name such as `30d` or `2026-10`. Raises `PageError`."""
        for days in DAYS:
            if name == f"{days}d":
                return cls(name, today - timedelta(days=days - 1), today)
        month = _MONTH.fullmatch(name)
        if month is None:
            choices = ", ".join(f"{days}d" for days in DAYS)
            raise PageError(400, f"The period must be one of {choices}, or a month such as {today:%Y-%m}.")
        first = date(int(month["year"]), int(month["month"]), 1)
        if first > today:
            raise PageError(400, "That month is still to come.")
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return cls(name, first, min(last, today))

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def words(self) -> str:
        """What a person calls it."""
        if _MONTH.fullmatch(self.name):
            return f"{self.first:%B %Y}"
        return f"Last {len(self.days)} days"

    @property
    def span(self) -> str:
        """Its first and last day: `26 October – 24 November 2026`."""
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{self.first.day} {self.first:%B}{year} – {self.last.day} {self.last:%B %Y}"


def months(today: date, count: int = 12) -> list[Period]:
    """The last months, this one first."""
    found = []
    first = today.replace(day=1)
    for _ in range(count):
        found.append(Period.read(f"{first:%Y-%m}", today))
        first = (first - timedelta(days=1)).replace(day=1)
    return found
