"""Loading: the cells that a question needs, from what is kept of days that are over, and else from the visits.

What is kept is read once for each lens, no more of it than the question needs, into a table in memory.
"""

from collections import defaultdict
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.cells import (
    BY_PLACE,
    COLUMNS,
    DATABASES,
    EVERYTHING,
    FIGURES,
    GAP,
    KEPT,
    LENSES,
    PAGES_OF_PLACES,
    PLACES,
    cells,
    lens_name,
)
from frontdesk.analytics.counting import count, make_table
from frontdesk.analytics.match import match_cells, match_visits, prepare
from frontdesk.analytics.question import TIMES, Question
from frontdesk.analytics.sums import kept_cells
from frontdesk.analytics.view import View, parquet
from frontdesk.policy import RetentionClass
from frontdesk.systemdata.sums import Day

_ASKED = "asked:"

# Where visits are counted for one question, no more is told apart than it may need.
_ALWAYS = ("entity", "reason", "objected", "bot", "purposes", "by_id")
_IN_A_LENS = ("country", "kind", "organisation")  # by these too one tells who is in two of its cells
# Of how many visitors a cell of several days is on the busiest; of one day they are its visitors.
_AT_ONCE = "ALTER TABLE cells ADD COLUMN at_once BIGINT"
# Of cells that are kept, what every question tells apart.
_COMMON = ("day", "entity", "bot")


class Loaded(NamedTuple):
    """Where in `cells` the answer stands: its rows, their pages, and all together, each in a lens.

    `where` are the filters that are not applied yet.
    """

    rows: tuple[str, tuple[str, ...]]  # the lens by name, and its dimensions
    together: str
    pages: str | None
    where: tuple[tuple[str, tuple[str, ...]], ...]
    databases: str = PLACES  # the lens that tells by which databases organisations were named


def load(connected: Any, view: View, question: Question, now: datetime, accounts: Accounts | None) -> Loaded:
    """Make the table `cells` for a question and the period before it."""
    days = view.days(RetentionClass.VISIT, question.before().since, question.until)
    if _is_kept(question, accounts):
        return _from_sums(connected, view, question, days, now, accounts)
    return _from_visits(connected, view, question, days, accounts)


def _lens(dimensions: set[str]) -> tuple[str, ...]:
    return tuple(name for name in LENSES if name in dimensions)


def _is_kept(question: Question, accounts: Accounts | None) -> bool:
    """Whether the cells that are kept are enough: whoever has two of a lens's values is in two of its cells."""
    lens, chosen = _lens(question.dimensions), dict(question.where)
    if "account" in question.dimensions and accounts is not None and accounts.networks:
        return False
    if any(len(chosen[name]) > 1 for name in lens if name in chosen):
        return False
    return lens in KEPT and (len(lens) < 2 or not any(name in chosen for name in lens))  # noqa: PLR2004 - a pair


def _from_sums(
    connected: Any, view: View, question: Question, days: list[Day], now: datetime, accounts: Accounts | None
) -> Loaded:
    found = {day: file for day in days if (file := kept_cells(day, now))}
    loaded = _lenses(question)
    (name, lens), pages = loaded.rows, loaded.pages
    read = dict.fromkeys([name, loaded.together, *([pages] if pages else []), PLACES, GAP])
    if name != PLACES:
        read[EVERYTHING] = None  # what is known of organisations stands in no other
    places = BY_PLACE if name == PLACES else [cells((), PLACES, DATABASES)]
    wanted = [*(cells(each) for each in KEPT if lens_name(each) in read), *places]
    count(connected, view, [day for day in days if day not in found], wanted)
    kept = []
    if found:
        told = ", ".join([*COLUMNS, "lens", "value", *FIGURES])
        kept.append(f"SELECT {told} FROM {parquet(found.values())} WHERE lens IN ({_texts(tuple(read))})")
    _choose(connected, question, kept)
    match_cells(connected, accounts)
    _read_in(connected, question, loaded, lens)
    return loaded


def _lenses(question: Question) -> Loaded:
    """In which of the lenses that are kept the answer stands."""
    lens = _lens(question.dimensions)
    if not lens and not question.dimensions & {"organisation", "account"}:
        return Loaded((PLACES, ()), PLACES, PAGES_OF_PLACES, question.where)
    filtered = bool(_lens({name for name, _ in question.where}))
    name = lens_name(lens)
    return Loaded((name, lens), name if filtered else EVERYTHING, None if lens else "page", question.where)


def _read_in(connected: Any, question: Question, loaded: Loaded, lens: tuple[str, ...]) -> None:
    """Make the table `cells` of the cells that the question and the period before it are about, column by column."""
    asked = {*_COMMON, *question.dimensions}
    needed: dict[str, set[str]] = defaultdict(set, {PLACES: {"day", "database"}, GAP: {"day"}})
    needed[loaded.together] |= asked | {"by_id", "reason"}
    needed[loaded.rows[0]] |= asked | ({*_IN_A_LENS, "reason"} if lens else set())
    make_table(connected, "cells")
    connected.execute(_AT_ONCE)
    period = f"day BETWEEN '{question.before().since}' AND '{question.until}'"
    for name, columns in needed.items():
        keys = ", ".join(column for column in COLUMNS if column in columns)
        told = f"{keys}, lens, value, {', '.join(FIGURES)}"
        connected.execute(
            f"INSERT INTO cells ({told}) SELECT {told} FROM matched_cells WHERE lens = '{name}' AND {period}"
        )
    if loaded.pages:
        _read_pages(connected, question, loaded.pages, asked)


def _read_pages(connected: Any, question: Question, name: str, asked: set[str]) -> None:
    """The cells of pages, of all days together where no time is asked for: each stands under the first of its days.

    `at_once` are the visitors on the busiest of them.
    """
    keys = ", ".join(column for column in COLUMNS if column in asked and column != "day")
    figures = "sum(visits) AS visits, sum(visitors) AS visitors, bit_xor(crowd) AS crowd"
    days = (
        f"SELECT {keys}, day, lens, value, {figures} FROM matched_cells"
        f" WHERE lens = '{name}' AND day BETWEEN '{question.since}' AND '{question.until}' GROUP BY ALL"
    )
    day = "day" if set(TIMES).intersection(question.by) else "min(day)"
    connected.execute(
        f"INSERT INTO cells ({keys}, day, lens, value, {', '.join(FIGURES)}, at_once)"
        f" SELECT {keys}, {day}, lens, value, {figures}, max(visitors) FROM ({days}) GROUP BY ALL"
    )


def _from_visits(connected: Any, view: View, question: Question, days: list[Day], accounts: Accounts | None) -> Loaded:
    """Count the visits themselves. The filters are applied before anything is counted."""
    lens = _lens(set(question.by))
    asked = {*_ALWAYS, *question.by}
    conditions = [_is_used(question.purpose)]
    conditions += [f"{_value(name)} IN ({_texts(values)})" for name, values in question.where]
    where = " AND ".join(conditions)
    pages = ("page",)
    lenses = dict.fromkeys([(), lens, *([pages] if not lens else [])])
    in_lens = asked.union(_IN_A_LENS)
    wanted = [
        cells(each, _ASKED + lens_name(each), in_lens if lens and each == lens else asked, where) for each in lenses
    ]
    wanted.append(cells((), EVERYTHING, COLUMNS if "organisation" in question.by else DATABASES))
    if accounts is None:
        count(connected, view, days, wanted)
    else:
        prepare(connected, accounts)
        count(connected, view, days, wanted, partial(match_visits, connected, accounts))
    _choose(connected, question, [])
    connected.execute("CREATE OR REPLACE TEMP VIEW cells AS SELECT *, CAST(NULL AS BIGINT) AS at_once FROM all_cells")
    name = _ASKED + lens_name(lens)
    return Loaded((name, lens), _ASKED, None if lens else _ASKED + lens_name(pages), (), EVERYTHING)


def _is_used(purpose: str) -> str:
    """Of visits that are kept for a purpose, and of nobody who objected."""
    return f"list_contains(string_split(purposes, ' '), '{purpose}') AND NOT objected"


def _value(dimension: str) -> str:
    return LENSES.get(dimension) or dimension


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def _choose(connected: Any, question: Question, kept: list[str]) -> None:
    """Make the view `all_cells` of what the question may use: of visits kept for its purpose, and of gaps."""
    used = f"({_is_used(question.purpose)}) OR lens = '{GAP}'"
    there = " UNION ALL ".join([*kept, "SELECT * FROM counted"])
    connected.execute(f"CREATE OR REPLACE TEMP VIEW all_cells AS SELECT * FROM ({there}) WHERE {used}")
