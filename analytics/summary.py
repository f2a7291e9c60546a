"""The summary: what holds for all visits of a question, beside its rows."""

from collections import Counter
from typing import Any

import orjson

from frontdesk.analytics.answer import Summary
from frontdesk.analytics.figures import FIGURES, Figures, by_day, conditions
from frontdesk.analytics.objections import count
from frontdesk.analytics.question import Question
from frontdesk.analytics.rounding import pair, rounded


class _Book:
    """What the book says of the days of a question."""

    def __init__(self, connected: Any, question: Question, key: bytes) -> None:
        self._connected = connected
        self._question = question
        self._key = key

    def crowd(self, what: str = "true", *, bots: bool = False) -> tuple[int | None, int | None]:
        """Visits and visitors, where there are enough."""
        asked = conditions(self._connected, self._question._replace(bots=self._question.bots or bots))
        chosen = f"(SELECT * FROM visits WHERE {asked} AND {what})"
        row = self._connected.execute(f"SELECT {FIGURES} FROM {by_day(chosen)}").fetchone()
        figures = Figures(*(int(each or 0) for each in row))
        if not figures.enough(self._question.k):
            return None, None
        return pair(figures.visits, figures.visitors, figures.crowd, self._key)

    def unnamed(self) -> dict[str, int]:
        """Visits by why nobody is named, where they are enough."""
        asked = conditions(self._connected, self._question)
        chosen = f"(SELECT * FROM visits WHERE {asked} AND reason IS NOT NULL)"
        found = self._connected.execute(
            f"SELECT reason, {FIGURES} FROM {by_day(chosen, 'reason')} GROUP BY reason ORDER BY 2 DESC, 1"
        ).fetchall()
        each = {reason: Figures(*map(int, figures)) for reason, *figures in found}
        return {
            reason: rounded(figures.visits, figures.crowd, "visits", self._key)
            for reason, figures in each.items()
            if figures.enough(self._question.k)
        }

    def by_id(self) -> bool:
        """Whether every visitor is told apart by an id of the day."""
        asked = conditions(self._connected, self._question)
        row = self._connected.execute(f"SELECT bool_and(by_id) FROM visits WHERE {asked} AND visitor IS NOT NULL")
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
        asked = conditions(self._connected, self._question)
        found = self._connected.execute(
            f"SELECT DISTINCT database FROM visits WHERE {asked} AND database IS NOT NULL ORDER BY 1"
        ).fetchall()
        return tuple(row[0] for row in found)


def summary(connected: Any, question: Question, key: bytes) -> Summary:
    """The summary of a question, from the tables of a view."""
    book = _Book(connected, question, key)
    visits, visitors = book.crowd()
    bots, _ = book.crowd("bot", bots=True)
    (all_of_them,) = count(connected, question, key)
    return Summary(visits, visitors, bots, book.unnamed(), all_of_them, book.by_id(), book.missing(), book.databases())
