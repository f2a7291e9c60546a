"""Figures: what is counted for each row, once it is settled which rows there may be."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from frontdesk.analytics.answer import Organisation
from frontdesk.analytics.cells import SEPARATOR, UNTOLD
from frontdesk.analytics.load import Loaded
from frontdesk.analytics.question import LEAST_K, Question
from frontdesk.analytics.threshold import Cell, Key

_TIMES = {
    "month": "strftime(day, '%Y-%m')",
    "week": "strftime(date_trunc('week', day), '%Y-%m-%d')",
    "day": "strftime(day, '%Y-%m-%d')",
}
# Of these a visit may have none, and then it is in no row.
_OPTIONAL = frozenset({"organisation", "account", "reason"})
# Whoever is in two cells of a lens is in them as one of these.
_SAME = "day, entity, country, kind, organisation, reason"


class Figures(NamedTuple):
    """The exact figures of a row, which nobody is shown."""

    visits: int
    visitors: int
    crowd: int  # a number that stands for the visitors


class Counter:
    """Adds up the cells that a question is about."""

    def __init__(self, connected: Any, question: Question, loaded: Loaded) -> None:
        self._connected = connected
        self._question = question
        self._loaded = loaded
        self._size = len(question.by)
        name, lens = loaded.rows
        self._choose("asked", name, lens)

    @property
    def is_disjoint(self) -> bool:
        """Whether nobody is a visitor of two rows, so that the visitors of rows add up."""
        return not self._loaded.rows[1]

    def _choose(self, table: str, lens: str, dimensions: tuple[str, ...]) -> None:
        """The cells of a lens that the question is about, with its dimensions as d0, d1 and so on."""
        where, values = conditions(self._question, self._loaded, dimensions)
        keys = ", ".join(f"{value_of(name, dimensions)} AS d{number}" for number, name in enumerate(self._question.by))
        there = " AND ".join(f"d{number} IS NOT NULL" for number in range(self._size))
        # Beside its day, no more is told apart than may be needed: mostly that is far less than there are cells.
        told = self._keys("d") + (f", value, {_SAME}" if lens != self._loaded.whole else ", day")
        self._connected.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {told}, CAST(sum(visits) AS BIGINT) AS visits,"
            " CAST(sum(visitors) AS BIGINT) AS visitors, bit_xor(crowd) AS crowd"
            f" FROM (SELECT {keys}, * FROM cells WHERE lens = ? AND {where} AND {there}) GROUP BY {told}",
            [lens, *values],
        )

    def cells(self) -> list[Cell]:
        """Every possible row."""
        keys = self._keys("d")
        found = self._connected.execute(
            f"SELECT {keys}, CAST(sum(visitors) AS BIGINT) FROM ({self._people(keys, 'asked')}) GROUP BY {keys}"
        ).fetchall()
        return [Cell(tuple(row[:-1]), row[-1]) for row in found]

    def label(self, labels: Mapping[Key, Key]) -> None:
        """Say under which key each cell is told. The table `told` then has just the cells that are."""
        columns = ", ".join(f"{letter}{number} VARCHAR" for letter in "dl" for number in range(self._size))
        self._connected.execute(f"CREATE OR REPLACE TEMP TABLE labels ({columns})")
        lists = [list(column) for column in zip(*((*cell, *told) for cell, told in labels.items()), strict=True)]
        if lists:
            self._connected.execute(f"INSERT INTO labels SELECT {', '.join(['unnest(?)'] * len(lists))}", lists)
        self._tell("told", "asked")

    def _tell(self, table: str, asked: str) -> None:
        same = " AND ".join(f"a.d{number} = labels.d{number}" for number in range(self._size))
        self._connected.execute(
            f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT a.*, {self._keys('l')} FROM {asked} a JOIN labels ON {same}"
        )

    def figures(self) -> dict[Key, Figures]:
        """The figures of each row that is told."""
        keys = self._keys("l")
        found = self._connected.execute(
            f"SELECT {keys}, CAST(sum(visits) AS BIGINT), CAST(sum(visitors) AS BIGINT), bit_xor(crowd)"
            f" FROM ({self._people(keys, 'told')}) GROUP BY {keys}"
        ).fetchall()
        return {tuple(row[: self._size]): Figures(*row[self._size :]) for row in found}

    def pages(self) -> dict[Key, int] | None:
        """How many pages at least five visitors of each row saw; None where rows are told apart by a lens already."""
        if self._loaded.pages is None:
            return None
        self._choose("asked_pages", self._loaded.pages, ())
        self._tell("told_pages", "asked_pages")
        keys = self._keys("l")
        found = self._connected.execute(
            f"SELECT {keys}, count(*) FROM (SELECT {keys}, value FROM told_pages WHERE value <> '{UNTOLD}'"
            f" GROUP BY {keys}, value HAVING sum(visitors) >= {LEAST_K}) GROUP BY {keys}"
        ).fetchall()
        return {tuple(row[:-1]): row[-1] for row in found}

    def days(self) -> Iterator[tuple[Key, str, int]]:
        """The visitors of each row by day."""
        keys = self._keys("l")
        found = self._connected.execute(
            f"SELECT {keys}, strftime(day, '%Y-%m-%d'), CAST(sum(visitors) AS BIGINT)"
            f" FROM ({self._people(keys, 'told')}) GROUP BY {keys}, day"
        ).fetchall()
        return ((tuple(row[: self._size]), row[-2], row[-1]) for row in found)

    def organisations(self, k: int) -> dict[str, Organisation]:
        """What is known of the organisations that are told, by key: of each what most of its visits in one day say."""
        place = self._question.by.index("organisation")
        asked = f"lens = ? AND day BETWEEN ? AND ? AND organisation IN (SELECT DISTINCT l{place} FROM told)"
        values = [self._loaded.whole, self._question.since, self._question.until]
        entities: dict[str, list[str]] = {}
        for key, entity in self._connected.execute(
            f"SELECT organisation, entity FROM cells WHERE {asked} GROUP BY organisation, entity"
            " HAVING sum(visitors) >= ? ORDER BY ALL",
            [*values, k],
        ).fetchall():
            entities.setdefault(key, []).append(entity)
        names = ("name", "kind", "country", "confidence", "source", "method", "rule")
        most = ", ".join(f"arg_max({name}, visits)" for name in names)
        found = self._connected.execute(
            f"SELECT organisation, {most}, min(prefix_length), max(prefix_length) FROM cells WHERE {asked}"
            " GROUP BY organisation",
            values,
        ).fetchall()
        return {
            key: Organisation._make([*told, (shortest or 0, longest or 0), tuple(entities.get(key, ()))])
            for key, *told, shortest, longest in found
        }

    def _people(self, keys: str, table: str) -> str:
        """SQL for cells with every visitor once: who is in several cells of a row is in the largest of them, at least.

        So where rows of a lens are told together, the visitors are those that there are at the least.
        """
        if self.is_disjoint:
            return f"SELECT * FROM {table}"
        return (
            f"SELECT {keys}, {_SAME}, sum(visits) AS visits, max(visitors) AS visitors, bit_xor(crowd) AS crowd"
            f" FROM {table} GROUP BY {keys}, {_SAME}"
        )

    def _keys(self, letter: str) -> str:
        return ", ".join(f"{letter}{number}" for number in range(self._size))


def value_of(dimension: str, lens: tuple[str, ...]) -> str:
    """A dimension of a cell of a lens, as text."""
    if dimension in lens:
        place = lens.index(dimension) + 1
        return f"split_part(value, '{SEPARATOR}', {place})" if len(lens) > 1 else "value"
    return _TIMES.get(dimension) or (dimension if dimension in _OPTIONAL else f"coalesce({dimension}, '{UNTOLD}')")


def conditions(question: Question, loaded: Loaded, lens: tuple[str, ...]) -> tuple[str, list[Any]]:
    """Which cells of a lens a question is about, and the values in it."""
    said = ["day BETWEEN ? AND ?"]
    values: list[Any] = [question.since, question.until]
    if not question.bots:
        said.append("NOT bot")
    for dimension, chosen in loaded.where:
        said.append(f"{value_of(dimension, lens)} IN ({', '.join(['?'] * len(chosen))})")
        values += chosen
    return " AND ".join(said), values


def together(connected: Any, question: Question, loaded: Loaded, what: str = "true") -> Figures:
    """The figures of all that a question is about."""
    lens = loaded.rows[1] if loaded.together == loaded.rows[0] else ()
    where, values = conditions(question, loaded, lens)
    return _sum(connected, loaded.together, f"{where} AND {what}", values)


def remainder(connected: Any, question: Question, loaded: Loaded) -> int:
    """How many distinct visitors the question's filters leave out, at the least."""
    where, values = conditions(question, loaded._replace(where=()), ())
    return _sum(connected, loaded.whole, where, values).visitors - together(connected, question, loaded).visitors


def _sum(connected: Any, lens: str, where: str, values: list[Any]) -> Figures:
    row = connected.execute(
        "SELECT coalesce(CAST(sum(visits) AS BIGINT), 0), coalesce(CAST(sum(visitors) AS BIGINT), 0),"
        f" coalesce(bit_xor(crowd), 0) FROM cells WHERE lens = ? AND {where}",
        [lens, *values],
    ).fetchone()
    return Figures(*row)
