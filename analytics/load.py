"""Loading: the cells that a question needs, from what is kept of days that are over, and else from the visits.

What is kept stays in its files: whoever counts reads there the columns and the cells that are needed, and no others.
"""

from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.cells import (
    COLUMNS,
    DATABASES,
    EVERYTHING,
    FIGURES,
    GAP,
    KEPT,
    KEPT_CELLS,
    LENSES,
    PAGES_OF_PLACES,
    PLACES,
    cells,
    lens_name,
)
from frontdesk.analytics.counting import count
from frontdesk.analytics.match import match_cells, match_visits, prepare
from frontdesk.analytics.permission import may_ask
from frontdesk.analytics.question import Question
from frontdesk.analytics.sums import kept_cells
from frontdesk.analytics.view import View, parquet
from frontdesk.policy import RetentionClass
from frontdesk.systemdata.sums import Day

_ASKED = "asked:"

# Where visits are counted for one question, no more is told apart than it may need.
_ALWAYS = ("entity", "reason", "objected", "bot", "purposes", "by_id")
_IN_A_LENS = ("country", "kind", "organisation")  # by these too one tells who is in two of its cells
_ORGANISATIONS = {"organisation", "account"}


class Loaded(NamedTuple):
    """Where in `cells` the answer stands: its rows, their pages, if they are told, and all together, each in a lens.

    `where` are the filters that are not applied yet.
    """

    rows: tuple[str, tuple[str, ...]]  # the lens by name, and its dimensions
    together: str
    pages: str | None
    where: tuple[tuple[str, tuple[str, ...]], ...]
    databases: str = PLACES  # the lens that tells by which databases organisations were named


def load(connected: Any, view: View, question: Question, now: datetime, accounts: Accounts | None) -> Loaded:
    """Make the view `cells` for a question and the period before it."""
    if "account" not in question.dimensions:
        accounts = None
    days = view.days(RetentionClass.VISIT, question.before().since, question.until)
    if _is_kept(question, accounts):
        return _from_sums(connected, view, question, days, now, accounts)
    return _from_visits(connected, view, question, days, accounts)


def _lens(dimensions: set[str]) -> tuple[str, ...]:
    return tuple(name for name in LENSES if name in dimensions)


def _is_kept(question: Question, accounts: Accounts | None) -> bool:
    """Whether the cells that are kept are enough: whoever has two of a lens's values is in two of its cells."""
    lens, chosen = _lens(question.dimensions), dict(question.where)
    if accounts is not None and accounts.networks:
        return False
    if any(len(chosen[name]) > 1 for name in lens if name in chosen):
        return False
    return lens in KEPT and (len(lens) < 2 or not any(name in chosen for name in lens))  # noqa: PLR2004 - a pair


def _from_sums(
    connected: Any, view: View, question: Question, days: list[Day], now: datetime, accounts: Accounts | None
) -> Loaded:
    found = {day: file for day in days if (file := kept_cells(day, now))}
    loaded = _lenses(question)
    read = {loaded.rows[0], loaded.together, loaded.pages, loaded.databases}
    if question.dimensions & _ORGANISATIONS:
        read.add(EVERYTHING)  # what is known of organisations stands in no other
    wanted = [each for each in KEPT_CELLS if each.name in read]
    count(connected, view, [day for day in days if day not in found], wanted)
    kept = []
    if found:
        told = ", ".join([*COLUMNS, "lens", "value", *FIGURES])
        kept.append(f"SELECT {told} FROM {parquet(found.values())}")
    _choose(connected, question, kept)
    match_cells(connected, accounts)
    return loaded


def _lenses(question: Question) -> Loaded:
    """In which of the lenses that are kept the answer stands."""
    lens = _lens(question.dimensions)
    if not lens and not question.dimensions & _ORGANISATIONS:
        pages = PAGES_OF_PLACES if _has_pages(lens, question.purpose) else None
        return Loaded((PLACES, ()), PLACES, pages, question.where)
    name, chosen = lens_name(lens), {name for name, _ in question.where}
    if _lens(chosen):
        together = name
    else:
        together = EVERYTHING if chosen & _ORGANISATIONS else PLACES
    return Loaded((name, lens), together, "page" if _has_pages(lens, question.purpose) else None, question.where)


def _from_visits(connected: Any, view: View, question: Question, days: list[Day], accounts: Accounts | None) -> Loaded:
    """Count the visits themselves. The filters are applied before anything is counted."""
    lens = _lens(set(question.by))
    asked = {*_ALWAYS, *question.by}
    conditions = [_is_used(question.purpose)]
    conditions += [f"{_value(name)} IN ({_texts(values)})" for name, values in question.where]
    where = " AND ".join(conditions)
    pages = ("page",) if _has_pages(lens, question.purpose) else None
    lenses = dict.fromkeys([(), lens, *([pages] if pages else [])])
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
    match_cells(connected, None)
    name = _ASKED + lens_name(lens)
    return Loaded((name, lens), _ASKED, _ASKED + lens_name(pages) if pages else None, (), EVERYTHING)


def _has_pages(lens: tuple[str, ...], purpose: str) -> bool:
    """Whether pages of rows are counted: for a purpose that may ask by page, where no lens tells rows apart already."""
    return not lens and "page" in may_ask(purpose)


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
