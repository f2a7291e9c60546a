"""One organisation: its visits along the days, what it looked at, and how far its name can be believed."""

from datetime import timedelta

from frontdesk.analytics.answer import Answer, Row
from frontdesk.analytics.errors import ForbiddenError
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.errors import PageError
from frontdesk.analytics.page.evidence import evidence_of
from frontdesk.analytics.page.series import Series, by_day, by_week, weeks
from frontdesk.analytics.page.shown import Ground, Shown

_SECTION = "/organisations"
_LONGEST_KEY = 200
_ENOUGH_BY_DAY = 20  # visitors a day on average, below which single days would mostly tell of too few
_WEEKS = 4


def show(ground: Ground, asked: Asked, key: str) -> Shown:
    """The page of one organisation, by the key of its name."""
    row = _find(ground, asked, key)
    organisation = row.organisation
    if organisation is None:
        raise PageError(404, "There is no such organisation.")
    series, unit = _series(ground, asked, key, row)
    asks = {name: _told(ground, asked, name, key) for name in ("page", "referrer", "entity")}
    context = {
        "row": row,
        "organisation": organisation,
        "evidence": evidence_of(organisation),
        "series": series,
        "unit": unit,
        "answers": asks,
        "names": {entity.id: entity.legal_name for entity in ground.policy.entities},
    }
    rows = [
        {"told by": name, "value": line.key[0], "visits": line.visits, "visitors": line.visitors}
        for name, answer in asks.items()
        if answer
        for line in answer.rows
    ]
    return Shown("organisation.html", _SECTION, context, rows)


def _find(ground: Ground, asked: Asked, key: str) -> Row:
    if len(key) > _LONGEST_KEY or not key.isprintable():
        raise PageError(400, "That is no organisation's key.")
    for row in ground.answers.ask(asked, "organisation").rows:
        if row.key == (key,):
            return row
    raise PageError(404, "In this period no organisation of that name came, or too few of its people to be told of.")


def _series(ground: Ground, asked: Asked, key: str, row: Row) -> tuple[Series | None, str]:
    """Its visits by the day, or by the week where a day would tell of too few."""
    where = (("organisation", (key,)),)
    days = asked.period.days
    try:
        if row.visitors >= _ENOUGH_BY_DAY * len(days):
            return by_day(ground.answers.ask(asked, "day", where=where), days), "day"
        mondays = weeks(asked.period.first, asked.period.last, _WEEKS)
        until = mondays[-1] + timedelta(days=6)
        answer = ground.answers.ask(asked, "week", where=where, since=mondays[0], until=until)
        return by_week(answer, mondays), "week"
    except ForbiddenError:
        return None, "week"


def _told(ground: Ground, asked: Asked, name: str, key: str) -> Answer | None:
    try:
        return ground.answers.ask(asked, name, where=(("organisation", (key,)),))
    except ForbiddenError:
        return None
