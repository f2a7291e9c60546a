"""Figures: what is counted for each row, once it is settled which rows there may be."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from frontdesk.analytics.cells import LENSES, SEPARATOR, UNTOLD
from frontdesk.analytics.errors import QuestionError
from frontdesk.analytics.library import fill
from frontdesk.analytics.load import Loaded
from frontdesk.analytics.question import LEAST_K, TIMES, Question
from frontdesk.analytics.seen import End
from frontdesk.analytics.threshold import AT_ONCE, Cell, Key

_TIMES = {
    "month": "strftime(day, '%Y-%m')",
    "week": "strftime(date_trunc('week', day), '%Y-%m-%d')",
    "day": "strftime(day, '%Y-%m-%d')",
}
# Of these a visit may have none, and then it is in no row.
_OPTIONAL = frozenset({"organisation", "account", "reason", "referrer", "suggested", "suggestion"})
# Whoever is in two cells of a lens is in them as one of these.
_SAME = "day, entity, country, kind, organisation, reason"
_MOST_CELLS = 100_000
_ENDS = ("min", "max")


class Figures(NamedTuple):
    """The exact figures of a row, which nobody is shown."""

    visits: int
    visitors: int
    crowd: int  # a number that stands for the visitors
    at_once: int  # how many there are at least, on one day at one company

    def enough(self, k: int) -> bool:
        """Whether they may be shown."""
        return self.visitors >= k and self.at_once >= AT_ONCE


def overlap(question: Question) -> bool:
    """Whether somebody may be a visitor of two rows, so that the visitors of rows do not add up."""
    return bool(set(LENSES).difference(TIMES).intersection(question.by))


def covers(question: Question) -> bool:
    """Whether every visit that the question is about is in a row."""
    return _OPTIONAL.isdisjoint(question.by)


class Counter:
    """Adds up the cells that a question is about."""

    def __init__(self, connected: Any, question: Question, loaded: Loaded) -> None:
        self._connected = connected
        self._question = question
        self._loaded = loaded
        self._size = len(question.by)
        self._rows: list[Key] = []
        name, lens = loaded.rows
        # No more is told apart than may be needed: mostly that is far less than there are cells.
        # What stands in a lens is in the keys, or is the one value that is filtered by.
        self._choose("asked", name, lens, _SAME if lens else "day, entity")

    def _choose(self, table: str, lens: str, dimensions: tuple[str, ...], apart: str) -> None:
        """The cells of a lens that the question is about, with its dimensions as d0, d1 and so on."""
        asked, values = self._asked(lens, dimensions)
        told = f"{self._keys('d')}, {apart}"
        self._connected.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {told}, CAST(sum(visits) AS BIGINT) AS visits,"
            f" CAST(sum(visitors) AS BIGINT) AS visitors, bit_xor(crowd) AS crowd FROM {asked} GROUP BY {told}",
            values,
        )

    def _asked(self, lens: str, dimensions: tuple[str, ...]) -> tuple[str, list[Any]]:
        """The same as they lie, as SQL and the values in it."""
        where, values = conditions(self._question, self._loaded, dimensions)
        keys = ", ".join(f"{_value(name, dimensions)} AS d{number}" for number, name in enumerate(self._question.by))
        there = " AND ".join(f"d{number} IS NOT NULL" for number in range(self._size))
        return f"(SELECT {keys}, * FROM cells WHERE lens = ? AND {where} AND {there})", [lens, *values]

    def cells(self) -> list[Cell]:
        """Every possible row. Raises `QuestionError` where there are too many of them."""
        keys = self._keys("d")
        people = f"({self._people(keys, 'asked')})" if self._loaded.rows[1] else "asked"
        found = self._connected.execute(
            f"SELECT {keys}, {_FIGURES} FROM {people} GROUP BY {keys} LIMIT {_MOST_CELLS + 1}"
        ).fetchall()
        if len(found) > _MOST_CELLS:
            raise QuestionError(f"more than {_MOST_CELLS:,} rows: ask for fewer days or dimensions")
        each = ((tuple(row[: self._size]), Figures(*row[self._size :])) for row in found)
        return [Cell(key, figures.visitors, figures.at_once) for key, figures in each]

    def distinct(self, cells: Sequence[Key]) -> int:
        """The distinct visitors of some cells, at the least."""
        fill(self._connected, "picked", self._keys("d").split(", "), cells)
        same = " AND ".join(f"a.d{number} = picked.d{number}" for number in range(self._size))
        row = self._connected.execute(
            f"SELECT coalesce(CAST(sum(visitors) AS BIGINT), 0) FROM"
            f" (SELECT {_SAME}, max(visitors) AS visitors FROM asked a JOIN picked ON {same} GROUP BY {_SAME})"
        ).fetchone()
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
        """Say under which key each cell is told. The table `people` then has the visitors of each row."""
        self._rows = list(dict.fromkeys(labels.values()))
        numbers = {key: number for number, key in enumerate(self._rows)}  # are put together faster than texts
        columns = [*(f"d{number}" for number in range(self._size)), "row"]
        fill(self._connected, "labels", columns, [(*cell, numbers[told]) for cell, told in labels.items()])
        self._connected.execute(f"CREATE OR REPLACE TEMP TABLE people AS {self._people('row', self._told('asked'))}")

    def _told(self, table: str) -> str:
        """SQL for just the cells that are told, each with the number of its row."""
        same = " AND ".join(f"a.d{number} = labels.d{number}" for number in range(self._size))
        return f"(SELECT a.*, row FROM {table} a JOIN labels ON {same})"

    def figures(self) -> dict[Key, Figures]:
        """The figures of each row that is told."""
        found = self._connected.execute(f"SELECT row, {_FIGURES} FROM people GROUP BY row").fetchall()
        return {self._rows[number]: Figures(*figures) for number, *figures in found}

    def pages(self) -> dict[Key, int] | None:
        """How many pages at least five visitors of each row saw; None where these are not told."""
        if self._loaded.pages is None:
            return None
        asked, values = self._asked(self._loaded.pages, ())
        keys = f"{self._keys('d')}, value"
        # Of visitors of different values of a filter, and of machines and others, those count at once that are most.
        apart = ", ".join(["day", "entity", "bot", *(name for name, _ in self._loaded.where)])
        of_day = f"SELECT {keys}, sum(visitors) AS visitors FROM {asked} GROUP BY {keys}, {apart}"
        self._connected.execute(
            f"CREATE OR REPLACE TEMP TABLE asked_pages AS SELECT {keys}, sum(visitors) AS visitors,"
            f" max(visitors) AS at_once FROM ({of_day}) GROUP BY {keys}",
            values,
        )
        found = self._connected.execute(
            f"SELECT row, count(*) FROM (SELECT row, value FROM {self._told('asked_pages')} WHERE value <> '{UNTOLD}'"
            f" GROUP BY row, value HAVING sum(visitors) >= {LEAST_K} AND max(at_once) >= {AT_ONCE}) GROUP BY row"
        ).fetchall()
        return {self._rows[number]: pages for number, pages in found}

    def ends(self) -> dict[Key, tuple[End, End]]:
        """The first and the last day of each row."""
        visitors = "CAST(sum(visitors) AS BIGINT) AS visitors"
        self._connected.execute(
            f"CREATE OR REPLACE TEMP TABLE by_day AS SELECT row, day, {visitors},"
            " CAST(max(visitors) AS BIGINT) AS at_once FROM people GROUP BY row, day"
        )
        ends = ", ".join(
            f"strftime({last}(day), '%Y-%m-%d'), arg_{last}(visitors, day), arg_{last}(at_once, day)" for last in _ENDS
        )
        in_months = ", ".join(f"arg_{last}(visitors, month), arg_{last}(at_once, month)" for last in _ENDS)
        months = (
            f"SELECT row, date_trunc('month', day) AS month, {visitors}, max(at_once) AS at_once"
            " FROM by_day GROUP BY row, month"
        )
        of_month = {
            number: figures
            for number, *figures in self._connected.execute(
                f"SELECT row, {in_months} FROM ({months}) GROUP BY row"
            ).fetchall()
        }
        return {
            self._rows[number]: (
                End(*figures[:3], *of_month[number][:2]),
                End(*figures[3:], *of_month[number][2:]),
            )
            for number, *figures in self._connected.execute(f"SELECT row, {ends} FROM by_day GROUP BY row").fetchall()
        }

    def _people(self, keys: str, table: str) -> str:
        """SQL for visits and visitors of each day and company, with every visitor once.

        Who is in several cells of a lens is in the largest of them, at least: where cells of a lens are told together,
        their visitors are those that there are at the least.
        """
        if self._loaded.rows[1]:
            once = f"{keys}, {_SAME}"
            told = f"SELECT {once}, sum(visits) AS visits, max(visitors) AS visitors, bit_xor(crowd) AS crowd"
            table = f"({told} FROM {table} GROUP BY {once})"
        each = "sum(visits) AS visits, sum(visitors) AS visitors, bit_xor(crowd) AS crowd"
        return f"SELECT {keys}, day, {each} FROM {table} GROUP BY {keys}, day, entity"

    def _keys(self, letter: str) -> str:
        return ", ".join(f"{letter}{number}" for number in range(self._size))


_FIGURES = "CAST(sum(visits) AS BIGINT), CAST(sum(visitors) AS BIGINT), bit_xor(crowd), CAST(max(visitors) AS BIGINT)"
"""What `Figures` are made of, over the visitors of each day and company."""


def _value(dimension: str, lens: tuple[str, ...]) -> str:
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
        said.append(f"{_value(dimension, lens)} IN ({', '.join(['?'] * len(chosen))})")
        values += chosen
    return " AND ".join(said), values


def gather(connected: Any, question: Question, loaded: Loaded) -> None:
    """Make the table `whole` of all that a question is about, machines too, once for all that a summary tells."""
    lens = loaded.rows[1] if loaded.together == loaded.rows[0] else ()
    where, values = conditions(question._replace(bots=True), loaded, lens)
    connected.execute(
        "CREATE OR REPLACE TEMP TABLE whole AS SELECT day, entity, bot, reason, by_id, sum(visits) AS visits,"
        f" sum(visitors) AS visitors, bit_xor(crowd) AS crowd FROM cells WHERE lens = ? AND {where} GROUP BY ALL",
        [loaded.together, *values],
    )


def together(connected: Any, what: str, key: str = "''") -> dict[str, Figures]:
    """The figures of what is gathered, as far as a condition holds, for each value of a column if one is given."""
    found = connected.execute(
        f"SELECT key, {_FIGURES} FROM (SELECT {key} AS key, sum(visits) AS visits, sum(visitors) AS visitors,"
        f" bit_xor(crowd) AS crowd FROM whole WHERE {what} GROUP BY key, day, entity)"
        " WHERE key IS NOT NULL GROUP BY key"
    ).fetchall()
    return {key: Figures(*figures) for key, *figures in found}
