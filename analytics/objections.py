"""How many visits came with an objection: from the counts of hours, which know of every visit, whatever was kept of it.

Nobody who objected is told apart from another, so these are visits, and a threshold of visits may be met by one person.
"""

from typing import Any, NamedTuple

from frontdesk.analytics.question import Question
from frontdesk.analytics.rounding import crowd_of, rounded

BY = frozenset({"entity", "month", "week", "day"})
"""What objections may be told apart by: not by the hour, which may be one person's."""


class Objections(NamedTuple):
    """Visits of every treatment, and how many of them came with an objection, and with which signal.

    Rounded, and no part is more than all visits; None where they are too few to be told, or none.
    """

    key: tuple[str, ...]
    visits: int | None
    objected: int | None
    dnt: int | None
    gpc: int | None


_TIMES = {
    "month": "strftime(happened, '%Y-%m')",
    "week": "strftime(date_trunc('week', happened), '%Y-%m-%d')",
    "day": "strftime(happened, '%Y-%m-%d')",
}
_NAMES = ("visits", "objected", "dnt", "gpc")


def count(connected: Any, question: Question, key: bytes, by: tuple[str, ...] = ()) -> list[Objections]:
    """The counts of the days of a question, and of its companies where it filters them.

    Of what has too few visits there is nothing, as of what has none, unless all are told as one.
    """
    entities = dict(question.where).get("entity", ())
    chosen = f" AND entity IN ({', '.join(['?'] * len(entities))})" if entities else ""
    told = ", ".join(_TIMES.get(dimension, dimension) for dimension in by)
    keys = [f"{told}, ", f" GROUP BY {told} ORDER BY {told}"] if told else ["", ""]
    found = connected.execute(
        f"SELECT {keys[0]}sum(visits), sum(objected), sum(dnt), sum(gpc) FROM counts"
        f" WHERE CAST(happened AS DATE) BETWEEN ? AND ?{chosen}{keys[1]}",
        [question.since, question.until, *entities],
    ).fetchall()
    groups = ((tuple(row[: len(by)]), [int(each or 0) for each in row[len(by) :]]) for row in found)
    objections = [_told(group, counts, question.k, key) for group, counts in groups]
    return [each for each in objections if each.visits is not None or not by]


def _told(group: tuple[str, ...], counts: list[int], k: int, key: bytes) -> Objections:
    # Nobody knows who they are: what stands for them is where they stand and how many they are in all.
    crowd = crowd_of((*group, str(counts[0])))
    visits, *parts = (
        rounded(number, crowd, name, key) if number >= k else None for name, number in zip(_NAMES, counts, strict=True)
    )
    if visits is None:
        return Objections(group, None, None, None, None)
    return Objections(group, visits, *(None if part is None else min(part, visits) for part in parts))
