"""Withheld: what is not shown, how much of it there is, and the rule for each."""

from typing import NamedTuple

from frontdesk.analytics.errors import ForbiddenError
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.shown import Ground, Shown
from frontdesk.analytics.permission import RULES
from frontdesk.analytics.question import DEFAULT_K
from frontdesk.analytics.rounding import BASE
from frontdesk.enrich.organisation import REASON_WORDS
from frontdesk.policy.purposes import PURPOSES, in_words

_ASKED = {
    "organisation": "Organisations",
    "country": "Countries",
    "kind": "Kinds of network",
    "page": "Pages",
    "referrer": "Sites that led here",
}


class Line(NamedTuple):
    """How much of one list is shown, told together, and left out; or why it may not be asked for."""

    name: str
    shown: int
    together: int
    left_out: int
    refused: str = ""


def show(ground: Ground, asked: Asked) -> Shown:
    """What the lists of this period keep back, and why."""
    lines = [_line(ground, asked, by, name) for by, name in _ASKED.items()]
    purpose = PURPOSES[asked.purpose]
    context = {
        "lines": lines,
        "k": DEFAULT_K,
        "base": BASE,
        "rules": RULES,
        "reasons": REASON_WORDS,
        "ground": purpose.reason,
        "classes": in_words(purpose.classes),
        "days": ground.policy.retention.visit.days,
    }
    return Shown("withheld.html", "/withheld", context, [line._asdict() for line in lines])


def _line(ground: Ground, asked: Asked, by: str, name: str) -> Line:
    try:
        answer = ground.answers.ask(asked, by)
    except ForbiddenError as error:
        return Line(name, 0, 0, 0, RULES[error.rule])
    return Line(name, len(answer.rows), answer.withheld.together, answer.withheld.left_out)
