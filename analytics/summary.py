"""The summary: what holds for all visits of a question, beside its rows."""

from collections import Counter
from typing import Any

import orjson

from frontdesk.analytics.answer import Summary
from frontdesk.analytics.figures import conditions
from frontdesk.analytics.objections import count
from frontdesk.analytics.question import Question
from frontdesk.analytics.rounding import rounded

_FIGURES = "count(*), count(DISTINCT visitor), bit_xor(DISTINCT coalesce(visitor, 0))"


class _Book:
    """What the book says of the days of a question."""

    def __init__(self, connected: Any, question: Question, key: bytes) -> None:
        self._connected = connected
        self._question = question
        self._key = key

    def crowd(self, what: str = "true", *, bots: bool = False) -> tuple[int | None, int | None]:
        """Visits and visitors, where there are enough."""
        asked, values = conditions(self._question._replace(bots=self._question.bots or bots))
        row = self._connected.execute(f"SELECT {_FIGURES} FROM visits WHERE {asked} AND {what}", values).fetchone()
        visits, visitors, crowd = row
        if visitors < self._question.k:
            return None, None
        return rounded(visits, crowd, "visits", self._key), rounded(visitors, crowd, "visitors", self._key)

    def unnamed(self) -> dict[str, int]:
        """Visits by why nobody is named, where they are enough."""
        asked, values = conditions(self._question)
        found = self._connected.execute(
            f"SELECT reason, {_FIGURES} FROM visits WHERE {asked} AND reason IS NOT NULL GROUP BY reason"
            " HAVING count(DISTINCT visitor) >= ? ORDER BY 2 DESC, 1",
            [*values, self._question.k],
        ).fetchall()
        return {reason: rounded(visits, crowd, "visits", self._key) for reason, visits, _, crowd in found}

    def by_id(self) -> bool:
        """Whether every visitor is told apart by an id of the day."""
        asked, values = conditions(self._question)
        row = self._connected.execute(
            f"SELECT bool_and(by_id) FROM visits WHERE {asked} AND visitor IS NOT NULL", values
        )
        return bool(row.fetchone()[0])

    def missing(self) -> dict[str, int]:
        """Records that are missing, by reason."""
        missing: Counter[str] = Counter()
        found = self._connected.execute(
            "SELECT reasons FROM gaps WHERE CAST(happened AS DATE) BETWEEN ? AND ?",
            [self._question.since, self._question.until],
        ).fetchall()
        for (reasons,) in found:
            missing.update(orjson.loads(reasons or "{}"))
        return dict(sorted(missing.items()))

    def databases(self) -> tuple[str, ...]:
        """The databases by which organisations were named."""
        asked, values = conditions(self._question)
        found = self._connected.execute(
            f"SELECT DISTINCT database FROM visits WHERE {asked} AND database IS NOT NULL ORDER BY 1", values
        ).fetchall()
        return tuple(row[0] for row in found)


def summary(connected: Any, question: Question, key: bytes) -> Summary:
    """The summary of a question, from the tables of a view."""
    book = _Book(connected, question, key)
    visits, visitors = book.crowd()
    bots, _ = book.crowd("bot", bots=True)
    (all_of_them,) = count(connected, question, key)
    return Summary(visits, visitors, bots, book.unnamed(), all_of_them, book.by_id(), book.missing(), book.databases())
