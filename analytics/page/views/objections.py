"""Objections honoured: how many visits came with the wish not to be tracked, and what was then left alone."""

from datetime import date

from frontdesk.analytics.objections import Objections
from frontdesk.analytics.page import words
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.chart import Bars, Point, bars, day_label, day_words
from frontdesk.analytics.page.shown import Ground, Shown
from frontdesk.analytics.page.views.organisations import where_of
from frontdesk.analytics.question import DEFAULT_K

_SATURDAY = 5
TREATMENTS = {
    "anonymous": "The visit is kept without network, organisation or browser, its time cut to the hour.",
    "count": "Nothing is kept of the visit but that there was one.",
    "full": "The signal is noted, and the visit is kept like any other.",
}
"""What follows from an objection, in words."""


def show(ground: Ground, asked: Asked) -> Shown:
    """The shares by day and by company, and what the policy does."""
    where = where_of(ground, asked)
    days = {found.key[0]: found for found in ground.answers.objections(asked, "day", where=where)}
    whole = ground.answers.ask(asked, "entity", where=where).summary.objections
    entities = ground.answers.objections(asked, "entity", where=where)
    policy = ground.policy
    chart = _chart(asked, days)
    context = {
        "whole": whole,
        "k": DEFAULT_K,
        "chart": chart,
        "about": _about(whole, chart),
        "lines": entities,
        "names": {entity.id: entity.legal_name for entity in policy.entities},
        "signals": [("Do Not Track", policy.signals.dnt), ("Global Privacy Control", policy.signals.gpc)],
        "treatments": TREATMENTS,
        "essential": sorted(policy.cookies.essential),
        "entities": policy.entities,
    }
    rows = [{"day": day} | _told(days, day) for day in map(date.isoformat, asked.period.days)]
    return Shown("objections.html", "/objections", context, rows)


_UNTOLD = Objections((), None, None, None, None)


def _told(days: dict[str, Objections], day: str) -> dict[str, int | None]:
    """The figures of a day. One of too few visits is told like one without any."""
    found = days.get(day, _UNTOLD)
    return {"visits": found.visits, "objected": found.objected, "dnt": found.dnt, "gpc": found.gpc}


def _chart(asked: Asked, days: dict[str, Objections]) -> Bars:
    points = []
    for day in asked.period.days:
        found = days.get(day.isoformat(), _UNTOLD)
        told = f"{day_words(day)}: too few visits to tell, or none"
        if found.visits is not None:
            visits = words.plural(found.visits, "visit", "visits")
            objected = "too few" if found.objected is None else words.number(found.objected)
            told = f"{day_words(day)}: {objected} of {visits} with an objection"
        points.append(Point(day_label(day), found.visits, found.objected, told, day.weekday() >= _SATURDAY))
    return bars(points)


def _about(whole: Objections, chart: Bars) -> str:
    withheld = f" Of {chart.withheld} days nothing is told: too few visits, or none." if chart.withheld else ""
    return f"Of {words.number(whole.visits)} visits {words.number(whole.objected)} came with an objection.{withheld}"
