"""How many visitors objected: from the counts of hours, which know of every visit, whatever was kept of it."""

from typing import Any, NamedTuple

from frontdesk.analytics.question import TIMES, Question
from frontdesk.analytics.rounding import crowd_of, rounded

BY = frozenset({"entity", *TIMES})
"""What objections may be told apart by."""


class Objections(NamedTuple):
    """Visits of every treatment, and how many of them objected. Rounded; None where they are too few to be told."""

    key: tuple[str, ...]
    visits: int | None
    objected: int | None
    dnt: int | None
    gpc: int | None


_TIMES = {
    "month": "strftime(happened, '%Y-%m')",
    "week": "strftime(date_trunc('week', happened), '%Y-%m-%d')",
    "day": "strftime(happened, '%Y-%m-%d')",
    "hour": "strftime(happened, '%Y-%m-%dT%H')",
}
_NAMES = ("visits", "objected", "dnt", "gpc")


def count(connected: Any, question: Question, key: bytes, by: tuple[str, ...] = ()) -> list[Objections]:
    """The counts of the days of a question, and of its companies where it filters them."""
    entities = dict(question.where).get("entity", ())
    chosen = f" AND entity IN ({', '.join(['?'] * len(entities))})" if entities else ""
    told = ", ".join(_TIMES.get(dimension, dimension) for dimension in by)
    keys = [f"{told}, ", f" GROUP BY {told} ORDER BY {told}"] if told else ["", ""]
    found = connected.execute(
        f"SELECT {keys[0]}sum(visits), sum(objected), sum(dnt), sum(gpc) FROM counts"
        f" WHERE CAST(happened AS DATE) BETWEEN ? AND ?{chosen}{keys[1]}",
        [question.since, question.until, *entities],
    ).fetchall()
    return [_told(tuple(row[: len(by)]), [int(each or 0) for each in row[len(by) :]], question.k, key) for row in found]


def _told(group: tuple[str, ...], counts: list[int], k: int, key: bytes) -> Objections:
    # Nobody knows who they are: what stands for them is where they stand and how many they are in all.
    crowd = crowd_of((*group, str(counts[0])))
    enough = (
        rounded(number, crowd, name, key) if number >= k else None for name, number in zip(_NAMES, counts, strict=True)
    )
    return Objections(group, *enough)
