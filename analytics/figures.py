"""Figures: what is counted for each row, once it is settled which rows there may be."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from frontdesk.analytics.answer import UNKNOWN, Organisation
from frontdesk.analytics.errors import QuestionError
from frontdesk.analytics.library import fill
from frontdesk.analytics.question import LEAST_K, TIMES, Question
from frontdesk.analytics.threshold import AT_ONCE, Cell, Key
from frontdesk.analytics.view import TIME_OF
from frontdesk.enrich.person import is_person

# Of these a visit may have none, and then it is in no row.
_OPTIONAL = frozenset({"organisation", "account", "reason", "referrer", "suggested", "suggestion"})
_OVERLAPPING = frozenset({"page", "referrer", "suggested", "suggestion", "chosen", "agent", "hour"})
"""Dimensions in which a visitor of a day may have two values; an hour only within its day, which is seen to."""
_MOST_CELLS = 100_000


class Figures(NamedTuple):
    """The exact figures of a row, which nobody is shown."""

    visits: int
    visitors: int
    crowd: int  # a number that stands for the visitors
    at_once: int  # how many there are at least, on one day at one company

    def enough(self, k: int) -> bool:
        """Whether they may be shown."""
        return self.visitors >= k and self.at_once >= AT_ONCE


FIGURES = "sum(visits), sum(visitors), bit_xor(crowd), max(visitors)"
"""What `Figures` are made of, over `by_day`."""


def by_day(visits: str, keys: str = "") -> str:
    """Visits and visitors of each day and company, of whom nobody is in two: as a query in brackets."""
    keys = f"{keys}, " if keys else ""
    each = (
        f"SELECT {keys}CAST(happened AS DATE) AS seen, entity, visitor, count(*) AS visits FROM {visits} GROUP BY ALL"
    )
    return (
        f"(SELECT {keys}sum(visits) AS visits, count(visitor) AS visitors, bit_xor(coalesce(visitor, 0)) AS crowd"
        f" FROM ({each}) GROUP BY {keys}seen, entity)"
    )


def overlap(question: Question) -> bool:
    """Whether somebody may be a visitor of two rows, so that the visitors of rows do not add up."""
    return bool(_OVERLAPPING.difference(TIMES).intersection(question.by))


def covers(question: Question) -> bool:
    """Whether every visit that the question is about is in a row."""
    return _OPTIONAL.isdisjoint(question.by)


def _value(dimension: str) -> str:
    """A dimension of a visit, as text."""
    return TIME_OF.get(dimension) or (dimension if dimension in _OPTIONAL else f"coalesce({dimension}, '{UNKNOWN}')")


class Counter:
    """Counts the visits of a view that a question is about."""

    def __init__(self, connected: Any, question: Question) -> None:
        self._connected = connected
        self._question = question
        self._size = len(question.by)

    def choose(self) -> None:
        """Choose the visits, as the view `asked`: one row for each that the question is about."""
        where = conditions(self._connected, self._question)
        keys = ", ".join(f"{_value(dimension)} AS d{number}" for number, dimension in enumerate(self._question.by))
        there = " AND ".join(f"d{number} IS NOT NULL" for number in range(self._size))
        self._connected.execute(
            f"CREATE OR REPLACE TEMP VIEW asked AS SELECT *, {keys}, CAST(happened AS DATE) AS seen"
            f" FROM visits WHERE {where} AND {there}"
        )

    def cells(self) -> list[Cell]:
        """Every possible row. Raises `QuestionError` where there are too many of them."""
        keys = self._keys("d")
        found = self._connected.execute(
            f"SELECT {keys}, sum(visitors), max(visitors) FROM ("
            f"SELECT {keys}, seen, entity, count(DISTINCT visitor) AS visitors FROM asked GROUP BY {keys}, seen, entity"
            f") GROUP BY {keys} LIMIT {_MOST_CELLS + 1}"
        ).fetchall()
        if len(found) > _MOST_CELLS:
            raise QuestionError(f"more than {_MOST_CELLS:,} rows: ask for fewer days or dimensions")
        return [Cell(tuple(row[:-2]), int(row[-2]), int(row[-1])) for row in found]

    def distinct(self, cells: Sequence[Key]) -> int:
        """The distinct visitors of some cells."""
        fill(self._connected, "picked", self._keys("d").split(", "), cells)
        same = " AND ".join(f"asked.d{number} = picked.d{number}" for number in range(self._size))
        row = self._connected.execute(f"SELECT count(DISTINCT visitor) FROM asked JOIN picked ON {same}").fetchone()
        return int(row[0])

    def missed(self, cells: Sequence[Cell]) -> list[Key]:
        """Keys for the values that the question asks for by name, and that no visit has."""
        filters = dict(self._question.where)
        there = [{cell.key[number] for cell in cells} for number in range(self._size)]
        return [
            (*("",) * number, value, *("",) * (self._size - number - 1))
            for number, dimension in enumerate(self._question.by)
            for value in sorted(set(filters.get(dimension, ())) - there[number])
        ]

    def label(self, labels: Mapping[Key, Key]) -> None:
        """Say under which key each cell is told. The view `told` then has just the visits that are."""
        columns = [f"{letter}{number}" for letter in "dl" for number in range(self._size)]
        fill(self._connected, "labels", columns, [(*cell, *told) for cell, told in labels.items()])
        same = " AND ".join(f"asked.d{number} = labels.d{number}" for number in range(self._size))
        self._connected.execute(
            f"CREATE OR REPLACE TEMP VIEW told AS SELECT asked.*, {self._keys('l')} FROM asked JOIN labels ON {same}"
        )

    def figures(self) -> dict[Key, Figures]:
        """The figures of each row that is told."""
        keys = self._keys("l")
        found = self._connected.execute(
            f"SELECT {keys}, {FIGURES} FROM {by_day('told', keys)} GROUP BY {keys}"
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
            f"SELECT {keys}, strftime(seen, '%Y-%m-%d') AS day, count(DISTINCT visitor)"
            f" FROM told GROUP BY {keys}, day ORDER BY {keys}, day"
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

    def persons(self) -> set[str]:
        """The organisations, by key, whose name is a person's. No record should have one; but see for oneself."""
        found = self._connected.execute(
            "SELECT DISTINCT organisation, name, coalesce(registered, name), coalesce(rule, '') FROM told"
            " WHERE organisation IS NOT NULL AND coalesce(method, '') <> 'own_list'"
        ).fetchall()
        # As in `enrich`: where a word tells what kind of network it is, proof is asked for.
        return {
            key
            for key, *names, rule in found
            if any(is_person(name, sure=not rule.startswith("list")) for name in names)
        }

    def _keys(self, letter: str) -> str:
        return ", ".join(f"{letter}{number}" for number in range(self._size))


def conditions(connected: Any, question: Question, *, where: bool = True) -> str:
    """Which visits a question is about. What it filters by stands in a table, so no text of it is ever SQL."""
    said = ["NOT objected", f"CAST(happened AS DATE) BETWEEN DATE '{question.since}' AND DATE '{question.until}'"]
    if not question.bots:
        said.append("NOT bot")
    if where and question.where:
        wanted = [(dimension, value) for dimension, values in question.where for value in values]
        fill(connected, "wanted", ("dimension", "value"), wanted)
        said += [
            f"{_value(dimension)} IN (SELECT value FROM wanted WHERE dimension = '{dimension}')"
            for dimension, _ in question.where
        ]
    return " AND ".join(said)
