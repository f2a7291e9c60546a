"""Entities: which companies of the group were visited, and what became of what was suggested to visitors."""

from typing import NamedTuple

from frontdesk.analytics.answer import Answer
from frontdesk.analytics.errors import ForbiddenError
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.chart import Share, percent, shares
from frontdesk.analytics.page.shown import Ground, Shown

_OUTCOMES = {
    "taken": "followed by a click",
    "led": "led there",
    "shown": "shown, no click",
    "declined": "declined by a click",
}
CHOSEN = {
    "choice": "the visitor chose it, on this page",
    "remembered": "the visitor chose it before",
    "account": "the visitor’s account has its contract with it",
    "host": "its site was opened",
    "country": "it serves the visitor’s country",
    "default": "nothing told, so it is the default",
}
"""How the company of a visit was found, in words."""


class Suggested(NamedTuple):
    """What became of the suggestions of one company."""

    name: str
    whole: int
    parts: list[Share]

    @property
    def taken(self) -> int:
        """How many were followed."""
        return next((part.value for part in self.parts if part.label == _OUTCOMES["taken"]), 0)


def show(ground: Ground, asked: Asked) -> Shown:
    """The companies, the suggestions, and how companies were found."""
    answer = ground.answers.ask(asked, "entity")
    names = {entity.id: entity.legal_name for entity in ground.policy.entities}
    longest = max((row.visits for row in answer.rows), default=0)
    suggestions = _maybe(ground, asked, "suggested", "suggestion")
    chosen = _maybe(ground, asked, "chosen")
    context = {
        "answer": answer,
        "names": names,
        "lines": [(row, percent(100 * row.visits / longest if longest else 0)) for row in answer.rows],
        "suggested": _suggested(suggestions, names) if suggestions else [],
        "chosen": [(CHOSEN.get(row.key[0], row.key[0]), row) for row in chosen.rows] if chosen else [],
    }
    rows = [
        {
            "entity": row.key[0],
            "name": names.get(row.key[0]),
            "visits": row.visits,
            "visitors": row.visitors,
            "visits_before": row.before,
        }
        for row in answer.rows
    ]
    return Shown("entities.html", "/entities", context, rows)


def _maybe(ground: Ground, asked: Asked, *by: str) -> Answer | None:
    try:
        return ground.answers.ask(asked, *by)
    except ForbiddenError:
        return None


def _suggested(answer: Answer, names: dict[str, str]) -> list[Suggested]:
    counts: dict[str, dict[str, int]] = {}
    for row in answer.rows:
        entity, outcome = row.key
        counts.setdefault(entity, {})[outcome] = row.visits
    return [
        Suggested(
            names.get(entity, "Others"),
            sum(found.values()),
            shares([(words, found.get(outcome, 0)) for outcome, words in _OUTCOMES.items()]),
        )
        for entity, found in sorted(counts.items(), key=lambda each: -sum(each[1].values()))
    ]
