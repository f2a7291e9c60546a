"""Organisations: which came, how often, and whether more often than before."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from frontdesk.analytics.answer import Answer, Organisation, Row
from frontdesk.analytics.errors import ForbiddenError
from frontdesk.analytics.page import words
from frontdesk.analytics.page.answers import Where
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.chart import Spark, spark
from frontdesk.analytics.page.errors import PageError
from frontdesk.analytics.page.series import weeks
from frontdesk.analytics.page.shown import Ground, Shown
from frontdesk.analytics.threshold import OTHERS

_SECTION = "/organisations"
_A_PAGE = 25
_WEEKS = 6
_BELOW_ALL = -1_000_000

_Order = Callable[["Line"], Any]


class Line(NamedTuple):
    """An organisation in the list."""

    key: str
    row: Row
    organisation: Organisation
    spark: Spark
    told: str  # the small line in words


_ORDERS: Mapping[str, _Order] = {
    "name": lambda line: line.organisation.name.casefold(),
    "kind": lambda line: line.organisation.kind,
    "country": lambda line: words.country(line.organisation.country),
    "visits": lambda line: line.row.visits,
    "visitors": lambda line: line.row.visitors,
    "trend": lambda line: _BELOW_ALL if line.row.trend is None else line.row.trend,
    "last": lambda line: line.row.last or "",
}
_USUAL = "-visits"


def show(ground: Ground, asked: Asked) -> Shown:
    """The list, searched, filtered, sorted and turned to a page."""
    where = where_of(ground, asked)
    answer = ground.answers.ask(asked, "organisation", where=where)
    named = [row for row in answer.rows if row.organisation is not None]
    others = next((row for row in answer.rows if row.key == (OTHERS,)), None)
    chosen = [row for row in named if _is_wanted(row, asked)]
    trends = _trends(ground, asked, where) if chosen else {}
    lines = _sorted([_line(row, trends) for row in chosen], asked.get("sort") or _USUAL)
    number = int(asked.get("page") or 1)
    last = max(1, -(-len(lines) // _A_PAGE))
    if number > last:
        raise PageError(404, f"The list has {last} pages.")
    shown = lines[(number - 1) * _A_PAGE : number * _A_PAGE]
    context = {
        "lines": shown,
        "others": others if number == last and not _is_narrowed(asked) else None,
        "answer": answer,
        "count": len(lines),
        "number": number,
        "last": last,
        "named": sum(row.visits for row in answer.rows),
        "kinds": sorted({row.organisation.kind for row in named if row.organisation}),
        "countries": sorted(
            {row.organisation.country for row in named if row.organisation and row.organisation.country},
            key=words.country,
        ),
        "entities": ground.policy.entities,
        "has_accounts": ground.answers.has_accounts,
        "narrowed": _is_narrowed(asked),
    }
    return Shown("organisations.html", _SECTION, context, [_exported(line) for line in lines])


def where_of(ground: Ground, asked: Asked) -> Where:
    """The filters that are a part of the question itself."""
    where: list[tuple[str, tuple[str, ...]]] = []
    if entity := asked.get("entity"):
        if entity not in {each.id for each in ground.policy.entities}:
            raise PageError(400, "There is no such company in the group.")
        where.append(("entity", (entity,)))
    if account := asked.get("account"):
        if not ground.answers.has_accounts:
            raise PageError(400, "This page knows no accounts: it was started without a list of them.")
        where.append(("account", (account,)))
    return tuple(where)


def _is_wanted(row: Row, asked: Asked) -> bool:
    organisation = row.organisation
    if organisation is None:
        return False
    search = asked.get("q").casefold()
    return (
        (not search or search in organisation.name.casefold() or search in row.key[0])
        and asked.get("kind") in {"", organisation.kind}
        and asked.get("country") in {"", organisation.country}
    )


def _is_narrowed(asked: Asked) -> bool:
    return any(asked.get(name) for name in ("q", "kind", "country", "entity", "account"))


def _trends(ground: Ground, asked: Asked, where: Where) -> dict[str, list[int]]:
    """The visits of each organisation by week, for those that have enough in every one."""
    mondays = weeks(asked.period.first, asked.period.last, _WEEKS)
    since, until = mondays[0], mondays[-1]
    try:
        answer: Answer = ground.answers.ask(
            asked, "organisation", "week", where=where, since=since, until=until.fromordinal(until.toordinal() + 6)
        )
    except ForbiddenError:
        return {}
    places = {monday.isoformat(): place for place, monday in enumerate(mondays)}
    found: dict[str, dict[int, int]] = {}
    for row in answer.rows:
        key, week = row.key
        if week in places:
            found.setdefault(key, {})[places[week]] = row.visits
    # A week that is not told is no week without visits.
    whole = {key: values for key, values in found.items() if len(values) == len(mondays)}
    return {key: [value for _, value in sorted(values.items())] for key, values in whole.items()}


def _line(row: Row, trends: Mapping[str, Sequence[int]]) -> Line:
    if row.organisation is None:
        raise TypeError("others are no organisation")
    values = trends.get(row.key[0], ())
    told = f"By week: {', '.join(map(words.number, values))}" if values else "Too few in single weeks to be drawn"
    return Line(row.key[0], row, row.organisation, spark(values), told)


def _sorted(lines: list[Line], sort: str) -> list[Line]:
    order = _ORDERS.get(sort.removeprefix("-"))
    if order is None:
        raise PageError(400, f"The list can be sorted by {', '.join(_ORDERS)}.")
    by_name = sorted(lines, key=_ORDERS["name"])
    return sorted(by_name, key=order, reverse=sort.startswith("-"))


def _exported(line: Line) -> dict[str, Any]:
    row, organisation = line.row, line.organisation
    return {
        "organisation": organisation.name,
        "key": line.key,
        "kind": organisation.kind,
        "country": organisation.country,
        "visits": row.visits,
        "visitors": row.visitors,
        "pages": row.pages,
        "first_seen": row.first,
        "last_seen": row.last,
        "visits_before": row.before,
        "trend_percent": row.trend,
        "confidence": organisation.confidence,
        "source": organisation.source,
        "method": organisation.method,
        "rule": organisation.rule,
    }
