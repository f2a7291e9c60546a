"""Figures: what is counted for each row, once it is settled which rows there may be."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from frontdesk.analytics.answer import UNKNOWN, Organisation
from frontdesk.analytics.question import LEAST_K, Question
from frontdesk.analytics.threshold import Cell, Key
from frontdesk.analytics.view import TIME_OF

# Of these a visit may have none, and then it is in no row.
_OPTIONAL = frozenset({"organisation", "account", "reason", "referrer", "suggested", "suggestion"})
_DISJOINT = frozenset({"organisation", "account", "country", "entity", "kind", "reason", "agent", "day"})
"""Dimensions in which no visitor of a day has two values: what tells visitors apart is of one day, company, network."""


class Figures(NamedTuple):
    """The exact figures of a row, which nobody is shown."""

    visits: int
    visitors: int
    crowd: int  # a number that stands for the visitors


def is_disjoint(question: Question) -> bool:
    """Whether no visitor is in two rows, so that the visitors of rows add up."""
    return _DISJOINT.issuperset(question.by[-1:])


def _value(dimension: str) -> str:
    """A dimension of a visit, as text."""
    return TIME_OF.get(dimension) or (dimension if dimension in _OPTIONAL else f"coalesce({dimension}, '{UNKNOWN}')")


class Counter:
    """Counts the visits of a view that a question is about."""

    def __init__(self, connected: Any, question: Question) -> None:
        self._connected = connected
        self._question = question
        self._size = len(question.by)

    def hold(self) -> None:
        """Choose the visits, as the table `asked`: one row for each that the question is about."""
        where, values = conditions(self._question)
        keys = ", ".join(f"{_value(dimension)} AS d{number}" for number, dimension in enumerate(self._question.by))
        there = " AND ".join(f"d{number} IS NOT NULL" for number in range(self._size))
        self._connected.execute(
            f"CREATE OR REPLACE TEMP TABLE asked AS SELECT {keys}, visitor, page, entity, organisation, name, kind,"
            " country, confidence, source, method, rule, prefix_length, CAST(happened AS DATE) AS day"
            f" FROM visits WHERE {where} AND {there}",
            values,
        )

    def cells(self) -> list[Cell]:
        """Every possible row."""
        found = self._connected.execute(
            f"SELECT {self._keys('d')}, count(DISTINCT visitor) FROM asked GROUP BY {self._keys('d')}"
        ).fetchall()
        return [Cell(tuple(row[:-1]), row[-1]) for row in found]

    def label(self, labels: Mapping[Key, Key]) -> None:
        """Say under which key each cell is told. The table `told` then has just the visits that are."""
        columns = ", ".join(f"{letter}{number} VARCHAR" for letter in "dl" for number in range(self._size))
        self._connected.execute(f"CREATE OR REPLACE TEMP TABLE labels ({columns})")
        if labels:
            marks = ", ".join(["?"] * (2 * self._size))
            self._connected.executemany(
                f"INSERT INTO labels VALUES ({marks})", [[*cell, *told] for cell, told in labels.items()]
            )
        same = " AND ".join(f"asked.d{number} = labels.d{number}" for number in range(self._size))
        self._connected.execute(
            f"CREATE OR REPLACE TEMP VIEW told AS SELECT asked.*, {self._keys('l')} FROM asked JOIN labels ON {same}"
        )

    def figures(self) -> dict[Key, Figures]:
        """The figures of each row that is told."""
        keys = self._keys("l")
        found = self._connected.execute(
            f"SELECT {keys}, sum(visits), count(visitor), bit_xor(coalesce(visitor, 0))"
            f" FROM (SELECT {keys}, visitor, count(*) AS visits FROM told GROUP BY {keys}, visitor) GROUP BY {keys}"
        ).fetchall()
        return {tuple(row[: self._size]): Figures(*map(int, row[self._size :])) for row in found}

    def pages(self) -> dict[Key, int]:
        """How many pages at least five visitors of each row saw."""
        keys = self._keys("l")
        found = self._connected.execute(
            f"SELECT {keys}, count(*) FROM (SELECT {keys}, page FROM told WHERE page IS NOT NULL"
            f" GROUP BY {keys}, page HAVING count(DISTINCT visitor) >= {LEAST_K}) GROUP BY {keys}"
        ).fetchall()
        return {tuple(row[:-1]): row[-1] for row in found}

    def days(self) -> Iterator[tuple[Key, str, int]]:
        """The visitors of each row by day."""
        keys = self._keys("l")
        found = self._connected.execute(
            f"SELECT {keys}, strftime(day, '%Y-%m-%d') AS seen, count(DISTINCT visitor)"
            f" FROM told GROUP BY {keys}, seen ORDER BY {keys}, seen"
        ).fetchall()
        return ((tuple(row[: self._size]), row[-2], row[-1]) for row in found)

    def organisations(self, k: int) -> dict[str, Organisation]:
        """What is known of the organisations that are told, by key."""
        entities: dict[str, list[str]] = {}
        for key, entity in self._connected.execute(
            "SELECT organisation, entity FROM told WHERE organisation IS NOT NULL GROUP BY organisation, entity"
            " HAVING count(DISTINCT visitor) >= ? ORDER BY ALL",
            [k],
        ).fetchall():
            entities.setdefault(key, []).append(entity)
        most = ", ".join(
            f"mode({each})" for each in ("name", "kind", "country", "confidence", "source", "method", "rule")
        )
        found: Sequence[Sequence[Any]] = self._connected.execute(
            f"SELECT organisation, {most}, min(prefix_length), max(prefix_length) FROM told"
            " WHERE organisation IS NOT NULL GROUP BY organisation"
        ).fetchall()
        return {
            key: Organisation._make([*told, (shortest or 0, longest or 0), tuple(entities.get(key, ()))])
            for key, *told, shortest, longest in found
        }

    def _keys(self, letter: str) -> str:
        return ", ".join(f"{letter}{number}" for number in range(self._size))


def conditions(question: Question, *, where: bool = True) -> tuple[str, list[Any]]:
    """Which visits a question is about, and the values in it."""
    said = ["treatment = 'full'", "CAST(happened AS DATE) BETWEEN ? AND ?"]
    values: list[Any] = [question.since, question.until]
    if not question.bots:
        said.append("NOT bot")
    for dimension, chosen in question.where if where else ():
        said.append(f"{_value(dimension)} IN ({', '.join(['?'] * len(chosen))})")
        values += chosen
    return " AND ".join(said), values


def remainder(connected: Any, question: Question) -> int:
    """How many distinct visitors the question's filters leave out."""
    all_of_them, values = conditions(question, where=False)
    asked, more = conditions(question)
    found = connected.execute(
        f"SELECT count(DISTINCT visitor) FROM visits WHERE {all_of_them} AND NOT coalesce({asked}, false)",
        values + more,
    ).fetchone()
    return int(found[0])
