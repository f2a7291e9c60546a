"""Counting: the visits of days become cells, in parts that memory holds, however many come.

Days are counted one after another, of which few came together.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from frontdesk.analytics.cells import COLUMNS, FIGURES, Cells, home, missing
from frontdesk.analytics.view import View
from frontdesk.systemdata.sums import Day

# So many visits, each of another visitor, take less than half of the memory that there is.
_AT_ONCE = 1_000_000
# Days are counted together that have no more records than this: to plan how one is counted takes as long as so many do.
_TOGETHER = 200_000
_SUMS = "cell UBIGINT, value VARCHAR, visits BIGINT, visitors BIGINT, crowd UBIGINT"
_VISITS = "(SELECT *, CAST(happened AS DATE) AS day FROM visits)"


def make_table(connected: Any, name: str) -> None:
    """Make an empty table of cells."""
    types = [*COLUMNS.items(), ("lens", "VARCHAR"), ("value", "VARCHAR"), *FIGURES.items()]
    columns = ", ".join(f"{column} {kind}" for column, kind in types)
    connected.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")


def count(
    connected: Any, view: View, days: Iterable[Day], wanted: Sequence[Cells], prepare: Callable[[], None] = lambda: None
) -> None:
    """Make the table `counted` of the visits of some days, and of what is missing of them.

    Args:
        connected: a connection.
        view: reads the visits by it.
        days: of which days.
        wanted: which cells.
        prepare: what is to be done with the table `visits` of some of the days before they are counted.
    """
    make_table(connected, "counted")
    for some, few in _together(view, days):
        view.visits(some, once=few)
        prepare()
        connected.execute(f"INSERT INTO counted {missing('gaps')}")
        parts = _parts(connected)
        if parts:
            _Count(connected, wanted).run(parts)


def recipe(wanted: Sequence[Cells]) -> str:
    """Another text wherever cells would be counted in another way."""
    counted = _Count(None, wanted)
    each = [(counted.sums(cells), counted.told(number, cells)) for number, cells in enumerate(wanted)]
    return repr((counted.combinations(), counted.narrow("true"), each, missing("gaps")))


def _together(view: View, days: Iterable[Day]) -> Iterator[tuple[list[Day], bool]]:
    """The days, as many at a time as have few records, and whether they have.

    A book's stand by themselves, for two may tell of the same day. Raises `OSError`.
    """
    some: list[Day] = []
    left = _TOGETHER
    for day in days:
        told = view.records(day)
        records = _TOGETHER + 1 if told is None else told
        if some and (records > left or some[-1].book != day.book):
            yield some, left >= 0
            some, left = [], _TOGETHER
        some.append(day)
        left -= records
    if some:
        yield some, left >= 0


def _parts(connected: Any) -> list[str]:
    """Conditions of which each visitor fulfils one."""
    (visits,) = connected.execute("SELECT count(*) FROM visits").fetchone()
    parts = -(-visits // _AT_ONCE)
    return [f"coalesce(visitor, 0::UBIGINT) % {parts} = {part}" for part in range(parts)]


class _Count:
    """Counts the visits of some days.

    What tells cells apart is many columns wide and the same again and again. So each combination is told by a number
    while visits are counted, and stands once in a table of its own.
    """

    def __init__(self, connected: Any, wanted: Sequence[Cells]) -> None:
        self._connected = connected
        self._wanted = wanted
        self._columns = list(dict.fromkeys(each.columns for each in wanted))
        self._values = list(dict.fromkeys(each.value() for each in wanted))
        self._wheres = list(dict.fromkeys(each.where for each in wanted))

    def run(self, parts: Sequence[str]) -> None:
        """Count all parts, and put what was counted into the table `counted`."""
        for number, query in enumerate(self.combinations()):
            self._make(f"combinations{number}", query)
        for number in range(len(self._wanted)):
            self._connected.execute(f"CREATE OR REPLACE TEMP TABLE sums{number} ({_SUMS})")
        for part in parts:
            self._make("part", self.narrow(part))
            for number, each in enumerate(self._wanted):
                self._connected.execute(f"INSERT INTO sums{number} {self.sums(each)}")
        for number, each in enumerate(self._wanted):
            self._connected.execute(self.told(number, each))

    def combinations(self) -> list[str]:
        """SQL for what each number of a combination stands for."""
        told = [", ".join(f"any_value({column}) AS {column}" for column in columns) for columns in self._columns]
        numbers = map(_number, self._columns)
        return [
            f"SELECT {number} AS cell, {values} FROM {_VISITS} GROUP BY cell"
            for number, values in zip(numbers, told, strict=True)
        ]

    def _make(self, table: str, query: str) -> None:
        self._connected.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")

    def narrow(self, part: str) -> str:
        """The visits of a part, as far as they are counted by it."""
        told = ["visitor"]
        for number, columns in enumerate(self._columns):
            told += [f"{_number(columns)} AS cell{number}", f"{home(columns)} AS home{number}"]
        told += [f"{value} AS value{number}" for number, value in enumerate(self._values)]
        told += [f"{where} AS is{number}" for number, where in enumerate(self._wheres)]
        return f"SELECT {', '.join(told)} FROM {_VISITS} WHERE {part}"

    def sums(self, wanted: Cells) -> str:
        """SQL that counts the cells of one lens in a part. Who is in several is a visitor of one of them."""
        columns, value = self._columns.index(wanted.columns), self._values.index(wanted.value())
        where = f"is{self._wheres.index(wanted.where)} AND value{value} IS NOT NULL"
        return (
            f"WITH each AS MATERIALIZED (SELECT visitor, cell{columns} AS cell, home{columns} AS home,"
            f" value{value} AS value, count(*) AS n FROM part WHERE {where} GROUP BY ALL),"
            " homes AS"
            " (SELECT visitor AS person, min(home) AS home FROM each WHERE visitor IS NOT NULL GROUP BY visitor)"
            " SELECT cell, value, CAST(sum(n) AS BIGINT) AS visits, count(person) AS visitors,"
            " coalesce(bit_xor(person), 0) AS crowd"
            " FROM each LEFT JOIN homes ON each.visitor = person AND each.home = homes.home GROUP BY cell, value"
        )

    def told(self, number: int, wanted: Cells) -> str:
        """SQL that puts the sums of all parts into the table of cells, each with what its number stands for."""
        return (
            f"INSERT INTO counted ({', '.join(wanted.columns)}, lens, value, visits, visitors, crowd)"
            f" SELECT {', '.join(wanted.columns)}, '{wanted.name}', value, visits, visitors, crowd FROM"
            " (SELECT cell, value, sum(visits) AS visits, sum(visitors) AS visitors, bit_xor(crowd) AS crowd"
            f" FROM sums{number} GROUP BY cell, value)"
            f" JOIN combinations{self._columns.index(wanted.columns)} USING (cell)"
        )


def _number(columns: Sequence[str]) -> str:
    """SQL for the number of a combination."""
    return f"hash({', '.join(columns)})"
