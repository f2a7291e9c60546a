"""Narrowing: of several values of a filter, those that stand for too few are left out before anything is counted.

An answer of `large` beside one of `large,few` would else tell by its rows whether the few came, and by its visits how
often. So what could be no row by itself counts as if it was not written.
"""

from datetime import datetime
from typing import Any, NamedTuple

from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.cells import SEPARATOR
from frontdesk.analytics.figures import Counter
from frontdesk.analytics.load import Loaded, load
from frontdesk.analytics.named import Named
from frontdesk.analytics.question import Question
from frontdesk.analytics.view import View

_NOBODY = SEPARATOR
"""A value that no visit has: no filter may be without any."""


class Narrowed(NamedTuple):
    """A question that keeps of filters of several values those that stand for enough visitors each.

    `before` is whether each of these does so in the period before too: else the trend would tell of the few there.
    """

    question: Question
    before: bool


def narrow(connected: Any, view: View, question: Question, now: datetime, accounts: Accounts | None) -> Narrowed:
    """Narrow a question, each value judged by itself under all other filters; one that has a single value stays.

    Where a value goes, those of other filters have fewer visitors and are judged again, until none goes.
    """
    several = [name for name, values in question.where if len(values) > 1]
    narrowed, before = question, True
    changed = bool(several)
    while changed:
        asked, before = narrowed, True
        for name in several:
            of_values = narrowed._replace(by=(name,))
            loaded = load(connected, view, of_values, now, accounts)
            enough = _enough(connected, of_values, loaded)
            before = before and enough <= _enough(connected, of_values.before(), loaded)
            narrowed = narrowed._replace(where=_keeping(narrowed, name, enough))
        changed = narrowed != asked and len(several) > 1
    return Narrowed(narrowed, before)


def _enough(connected: Any, of_values: Question, loaded: Loaded) -> set[str]:
    """The values that could be rows by themselves."""
    cells = Counter(connected, of_values, loaded).cells()
    enough = {cell.key[0] for cell in cells if cell.enough(of_values.k)}
    if of_values.by == ("organisation",):
        enough -= Named(connected, of_values, [(value,) for value in enough]).persons()
    return enough


def _keeping(question: Question, name: str, enough: set[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The filters of a question, one of them with no other values than these."""
    return tuple(
        (each, tuple(value for value in values if value in enough) or (_NOBODY,)) if each == name else (each, values)
        for each, values in question.where
    )
