"""Trends: visits along the days, and from where and what kind of network they came."""

from datetime import timedelta

from frontdesk.analytics.answer import Answer, Row
from frontdesk.analytics.errors import ForbiddenError
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.chart import percent
from frontdesk.analytics.page.series import by_day, by_week, weeks
from frontdesk.analytics.page.shown import Ground, Shown
from frontdesk.analytics.page.views.organisations import where_of

_MOST = 12


def show(ground: Ground, asked: Asked) -> Shown:
    """The page, by day or by week, of all companies or of one."""
    where = where_of(ground, asked)
    if asked.get("by") == "week":
        mondays = weeks(asked.period.first, asked.period.last)
        until = mondays[-1] + timedelta(days=6)
        answer = ground.answers.ask(asked, "week", where=where, since=mondays[0], until=until)
        series = by_week(answer, mondays)
    else:
        answer = ground.answers.ask(asked, "day", where=where)
        series = by_day(answer, asked.period.days)
    others = {}
    for name in ("country", "kind", "referrer", "page"):
        try:
            others[name] = ground.answers.ask(asked, name, where=where)
        except ForbiddenError:
            continue
    context = {
        "series": series,
        "answer": answer,
        "by": asked.get("by") or "day",
        "tables": {name: widths(found) for name, found in others.items()},
        "summary": others["country"].summary,
        "entities": ground.policy.entities,
    }
    rows = [
        {asked.get("by") or "day": row.key[0], "visits": row.visits, "visitors": row.visitors} for row in answer.rows
    ]
    return Shown("trends.html", "/trends", context, rows)


def widths(answer: Answer, most: int = _MOST) -> list[tuple[Row, str]]:
    """The first rows, each with how long its bar is beside the longest one."""
    longest = max((row.visits for row in answer.rows), default=0)
    return [(row, percent(100 * row.visits / longest if longest else 0)) for row in answer.rows[:most]]
