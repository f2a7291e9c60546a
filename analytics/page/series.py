"""A series: visits along the days of a period, as far as they are enough to be told by the day."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from frontdesk.analytics.answer import Answer, Row
from frontdesk.analytics.page import words
from frontdesk.analytics.page.chart import Bars, Point, bars, day_label, day_words
from frontdesk.analytics.threshold import WHOLE

_WEEK = timedelta(days=7)
_SATURDAY = 5
_DAY = len("2026-11-23")


class Series(NamedTuple):
    """A chart, and what is told together because single days or weeks would tell of too few."""

    chart: Bars
    together: list[str]
    shown: int  # bars that stand for visits

    @property
    def about(self) -> str:
        """The chart in words, for who does not see it."""
        values = [(bar.point.value, bar.point.label) for bar in self.chart.bars if bar.point.value is not None]
        if not values:
            return "Nothing is enough to be drawn."
        most, when = max(values)
        least, then = min(values)
        withheld = (
            f" {self.chart.withheld} are withheld, for too few visitors came, or none." if self.chart.withheld else ""
        )
        span = f"from {words.number(least)} ({then}) to {words.number(most)} ({when})"
        return f"{len(values)} bars, {span} visits.{withheld}"


def by_day(answer: Answer, days: Sequence[date]) -> Series:
    """A bar for each day."""
    rows = {row.key[-1]: row for row in answer.rows}
    return _series(rows, days, day_words, quiet=True)


def by_week(answer: Answer, mondays: Sequence[date]) -> Series:
    """A bar for each week, by its Monday."""
    rows = {row.key[-1]: row for row in answer.rows}
    return _series(rows, mondays, _week_words, quiet=False)


def weeks(first: date, last: date, least: int = 1) -> list[date]:
    """The Mondays of the whole weeks up to a day, from the one that a first day is in; at least so many."""
    monday = last - timedelta(days=last.weekday())
    if last.weekday() < 6:  # noqa: PLR2004 - the week is not over on Sunday
        monday -= _WEEK
    found = [monday]
    while found[0] > first or len(found) < least:
        found.insert(0, found[0] - _WEEK)
    return found


def _series(rows: dict[str, Row], times: Sequence[date], told: Callable[[date], str], *, quiet: bool) -> Series:
    coarse = [row for key, row in rows.items() if len(key) < _DAY]
    points = [_point(time, rows, told, quiet=quiet) for time in times]
    together = [f"{_time_words(row.key[-1])}: {words.plural(row.visits, 'visit', 'visits')}" for row in coarse]
    return Series(bars(points), together, sum(bool(point.value) for point in points))


def _point(time: date, rows: dict[str, Row], told: Callable[[date], str], *, quiet: bool) -> Point:
    row = rows.get(time.isoformat())
    weekend = quiet and time.weekday() >= _SATURDAY
    name = told(time)
    if row is not None:
        visits, visitors = (
            words.plural(row.visits, "visit", "visits"),
            words.plural(row.visitors, "visitor", "visitors"),
        )
        part = min(row.visitors, row.visits)
        return Point(day_label(time), row.visits, part, f"{name}: {visits}, {visitors}", weekend)
    return Point(day_label(time), None, None, f"{name}: too few visitors to tell, or none", weekend)


def _week_words(monday: date) -> str:
    return f"Week of {day_words(monday)}"


def _time_words(key: str) -> str:
    if key == WHOLE:
        return "Other days of the period"
    return f"Other days of {date.fromisoformat(f'{key}-01'):%B %Y}"
