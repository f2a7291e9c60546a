"""Loading: the cells that a question needs, from what is kept of days that are over, and else from the visits."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.cells import COLUMNS, FIGURES, GAP, KEPT, LENSES, counted, lens_name, missing
from frontdesk.analytics.match import match_cells, match_visits
from frontdesk.analytics.question import Question
from frontdesk.analytics.sums import Day, keep, kept_cells
from frontdesk.analytics.view import View
from frontdesk.policy import RetentionClass

_ASKED = "asked:"


class Loaded(NamedTuple):
    """Where in the table `cells` the answer stands: its rows, their pages, and all together, each in a lens.

    `where` are the filters that are not applied yet.
    """

    rows: tuple[str, tuple[str, ...]]  # the lens by name, and its dimensions
    together: str
    pages: str | None
    where: tuple[tuple[str, tuple[str, ...]], ...]
    whole: str = ""  # the lens of everything, whatever the filters


def load(connected: Any, view: View, question: Question, now: datetime, accounts: Accounts | None) -> Loaded:
    """Make the table `cells` for a question and the period before it."""
    days = view.days(RetentionClass.VISIT, question.before().since, question.until)
    if _is_kept(question, accounts):
        return _from_sums(connected, view, question, days, now, accounts)
    view.visits(days)
    return _from_visits(connected, question, accounts)


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
    lens = _lens(question.dimensions)
    lenses = list(dict.fromkeys([(), lens, *([("page",)] if not lens else [])]))
    found = {day: file for day in days if (file := kept_cells(day, now))}
    fresh = [day for day in days if day not in found]
    view.visits(fresh)
    counts = [*(counted(each, "visits") for each in lenses), missing("gaps")] if fresh else []
    kept = []
    if found:
        files = ", ".join("'" + str(file).replace("'", "''") + "'" for file in found.values())
        names = ", ".join(f"'{lens_name(each)}'" for each in lenses)
        told = ", ".join([*COLUMNS, "lens", "value", *FIGURES])
        kept.append(f"SELECT {told} FROM read_parquet([{files}]) WHERE lens IN ({names}, '{GAP}')")
    _make(connected, question, kept, counts, accounts)
    filtered = bool(_lens({name for name, _ in question.where}))
    name = lens_name(lens)
    return Loaded((name, lens), name if filtered else "", None if lens else "page", question.where)


def _from_visits(connected: Any, question: Question, accounts: Accounts | None) -> Loaded:
    """Count the visits themselves. The filters are applied before anything is counted."""
    lens = _lens(set(question.by))
    if accounts is not None:
        match_visits(connected, accounts)
    conditions = [f"{_value(name)} IN ({_texts(values)})" for name, values in question.where]
    connected.execute(
        f"CREATE OR REPLACE TEMP VIEW asked_visits AS SELECT * FROM visits WHERE {' AND '.join(conditions) or 'true'}"
    )
    pages = ("page",)
    lenses = dict.fromkeys([(), lens, *([pages] if not lens else [])])
    counts = [counted(each, "asked_visits", _ASKED + lens_name(each)) for each in lenses]
    _make(connected, question, [], [counted((), "visits"), missing("gaps"), *counts], None)
    name = _ASKED + lens_name(lens)
    return Loaded((name, lens), _ASKED, None if lens else _ASKED + lens_name(pages), ())


def _value(dimension: str) -> str:
    return LENSES.get(dimension) or dimension


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def _make(connected: Any, question: Question, kept: list[str], counts: list[str], accounts: Accounts | None) -> None:
    """The table of the cells that the question may use: of visits that are kept for its purpose, and of gaps."""
    types = [*COLUMNS.items(), ("lens", "VARCHAR"), ("value", "VARCHAR"), *FIGURES.items()]
    connected.execute(f"CREATE OR REPLACE TEMP TABLE counted ({', '.join(f'{name} {kind}' for name, kind in types)})")
    for query in counts:
        connected.execute(f"INSERT INTO counted {query}")
    used = f"(list_contains(string_split(purposes, ' '), '{question.purpose}') AND NOT objected) OR lens = '{GAP}'"
    there = " UNION ALL ".join([*kept, "SELECT * FROM counted"])
    connected.execute(f"CREATE OR REPLACE TEMP VIEW all_cells AS SELECT * FROM ({there}) WHERE {used}")
    match_cells(connected, accounts)


def remember(connected: Any, view: View, days: list[Day], now: datetime, progress: Callable[[float], object]) -> int:
    """Keep the cells of days that are over and of which they are not kept yet; how many days that were."""
    wanted = [day for day in days if kept_cells(day, now) is None]
    done = 0
    for number, day in enumerate(wanted):
        view.visits([day])
        done += keep(connected, day, now, "visits", "gaps")
        progress((number + 1) / len(wanted))
    return done
