"""The summary: what holds for all visits of a question, beside its rows."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from frontdesk.analytics.answer import Summary
from frontdesk.analytics.cells import GAP
from frontdesk.analytics.figures import Figures, gather, together
from frontdesk.analytics.load import Loaded
from frontdesk.analytics.objections import count
from frontdesk.analytics.permission import may_ask
from frontdesk.analytics.question import Question
from frontdesk.analytics.rounding import pair
from frontdesk.analytics.threshold import Cell, labels

_NAMED = ""  # stands among the reasons for those who are named


class _Book:
    """What the cells say of the days of a question."""

    def __init__(self, connected: Any, question: Question, loaded: Loaded, key: bytes) -> None:
        self._connected = connected
        self._question = question
        self._loaded = loaded
        self._key = key
        self._people = "true" if question.bots else "NOT bot"
        gather(connected, question, loaded)

    def _told(self, found: Figures | None) -> tuple[int | None, int | None]:
        """Visits and visitors, where there are enough."""
        if found is None or not found.enough(self._question.k):
            return None, None
        return pair(found.visits, found.visitors, found.crowd, self._key)

    def crowd(self) -> tuple[int | None, int | None]:
        """The same of what a question is about."""
        return self._told(together(self._connected, self._people).get(""))

    def bots(self) -> int | None:
        """The visits of machines, asked for or not, where they are enough."""
        return self._told(together(self._connected, "bot").get(""))[0]

    def unnamed(self) -> dict[str, int]:
        """Visits by why nobody is named, of the reasons that would be rows by themselves.

        All visits stand beside them: what is left of these may be few who are named, and then a reason is hidden too.
        There are none where rows tell the reasons, nor for a purpose that may not ask by them.
        """
        if "reason" in self._question.by or "reason" not in may_ask(self._question.purpose):
            return {}
        found = together(self._connected, self._people, f"coalesce(reason, '{_NAMED}')")
        named = found.pop(_NAMED, None)
        cells = [_cell(reason, figures) for reason, figures in found.items()]
        shown = _alone(cells, self._question.k)
        if named is not None and not named.enough(self._question.k):
            shown &= _alone([*cells, _cell(_NAMED, named)], self._question.k)
        told = ((reason, self._told(found[reason])[0] or 0) for reason in shown)
        return dict(sorted(told, key=lambda item: (-item[1], item[0])))

    def by_id(self) -> bool:
        """Whether every visitor is told apart by an id of the day."""
        found = together(self._connected, self._people, "CAST(by_id AS VARCHAR)")
        return "true" in found and not ("false" in found and found["false"].visitors)

    def missing(self) -> dict[str, int]:
        """Records that are missing, by reason: visits, and counts of hours."""
        days = [self._question.since, self._question.until]
        visits = self._connected.execute(
            f"SELECT value, CAST(sum(visits) AS BIGINT) FROM cells WHERE lens = '{GAP}' AND day BETWEEN ? AND ?"
            " GROUP BY value",
            days,
        ).fetchall()
        counts = self._connected.execute(
            "SELECT reason, CAST(sum(CAST(reasons ->> reason AS BIGINT)) AS BIGINT)"
            " FROM (SELECT *, unnest(json_keys(reasons)) AS reason FROM gaps_of_counts)"
            " WHERE CAST(happened AS DATE) BETWEEN ? AND ? GROUP BY reason",
            days,
        ).fetchall()
        missing: Counter[str] = Counter()
        for reason, records in [*visits, *counts]:
            missing[reason] += records
        return dict(sorted(missing.items()))

    def databases(self) -> tuple[str, ...]:
        """The databases by which organisations were named."""
        asked = "lens = ? AND day BETWEEN ? AND ? AND database IS NOT NULL"
        values = [self._loaded.databases, self._question.since, self._question.until]
        found = self._connected.execute(f"SELECT DISTINCT database FROM cells WHERE {asked} ORDER BY 1", values)
        return tuple(row[0] for row in found.fetchall())


def _cell(reason: str, figures: Figures) -> Cell:
    return Cell((reason,), figures.visitors, figures.at_once)


def _alone(cells: Iterable[Cell], k: int) -> set[str]:
    """The reasons that are told by themselves, as rows would be."""
    return {reason for (reason,), told in labels(cells, k).of.items() if told == (reason,)}


def summary(connected: Any, question: Question, loaded: Loaded, key: bytes) -> Summary:
    """The summary of a question, from the tables of a view."""
    book = _Book(connected, question, loaded, key)
    visits, visitors = book.crowd()
    (all_of_them,) = count(connected, question, key)
    return Summary(
        visits, visitors, book.bots(), book.unnamed(), all_of_them, book.by_id(), book.missing(), book.databases()
    )
