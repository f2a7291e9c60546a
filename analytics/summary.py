"""The summary: what holds for all visits of a question, beside its rows."""

from typing import Any

from frontdesk.analytics.answer import Summary
from frontdesk.analytics.cells import GAP
from frontdesk.analytics.figures import Figures, conditions, together
from frontdesk.analytics.load import Loaded
from frontdesk.analytics.objections import count
from frontdesk.analytics.question import Question
from frontdesk.analytics.rounding import rounded


class _Book:
    """What the cells say of the days of a question."""

    def __init__(self, connected: Any, question: Question, loaded: Loaded, key: bytes) -> None:
        self._connected = connected
        self._question = question
        self._loaded = loaded
        self._key = key

    def enough(self, found: Figures) -> tuple[int | None, int | None]:
        """Visits and visitors, where there are enough."""
        if found.visitors < self._question.k:
            return None, None
        visits = rounded(found.visits, found.crowd, self._key)
        return visits, rounded(found.visitors, found.crowd, self._key)

    def of(self, what: str = "true", *, bots: bool = False) -> tuple[int | None, int | None]:
        """The same of what a question is about, with or without bots."""
        asked = self._question._replace(bots=self._question.bots or bots)
        return self.enough(together(self._connected, asked, self._loaded, what))

    def unnamed(self) -> dict[str, int]:
        """Visits by why nobody is named, where they are enough."""
        found = self._rows(
            "reason, CAST(sum(visits) AS BIGINT), CAST(sum(visitors) AS BIGINT), bit_xor(crowd)", "reason"
        )
        told = {reason: self.enough(Figures(*figures))[0] for reason, *figures in found}
        shown = {reason: visits for reason, visits in told.items() if visits is not None}
        return dict(sorted(shown.items(), key=lambda item: -item[1]))

    def by_id(self) -> bool:
        """Whether every visitor is told apart by an id of the day."""
        return all(by_id for by_id, visitors in self._rows("by_id, sum(visitors)", "by_id") if visitors)

    def databases(self) -> tuple[str, ...]:
        """The databases by which organisations were named."""
        asked = "lens = ? AND day BETWEEN ? AND ? AND database IS NOT NULL"
        values = [self._loaded.whole, self._question.since, self._question.until]
        found = self._connected.execute(f"SELECT DISTINCT database FROM cells WHERE {asked} ORDER BY 1", values)
        return tuple(row[0] for row in found.fetchall())

    def missing(self) -> dict[str, int]:
        """Records that are missing, by reason."""
        found = self._connected.execute(
            "SELECT value, CAST(sum(visits) AS BIGINT) FROM cells"
            " WHERE lens = ? AND day BETWEEN ? AND ? GROUP BY value ORDER BY value",
            [GAP, self._question.since, self._question.until],
        )
        return dict(found.fetchall())

    def _rows(self, told: str, key: str) -> list[tuple[Any, ...]]:
        lens = self._loaded.rows[1] if self._loaded.together == self._loaded.rows[0] else ()
        where, values = conditions(self._question, self._loaded, lens)
        found: list[tuple[Any, ...]] = self._connected.execute(
            f"SELECT {told} FROM cells WHERE lens = ? AND {where} AND {key} IS NOT NULL GROUP BY {key}",
            [self._loaded.together, *values],
        ).fetchall()
        return found


def summary(connected: Any, question: Question, loaded: Loaded, key: bytes) -> Summary:
    """The summary of a question, from the tables of a view."""
    book = _Book(connected, question, loaded, key)
    visits, visitors = book.of()
    bots, _ = book.of("bot", bots=True)
    (all_of_them,) = count(connected, question, key)
    return Summary(visits, visitors, bots, book.unnamed(), all_of_them, book.by_id(), book.missing(), book.databases())
