"""A question: for which purpose it is asked, by whom, of which days, and what its rows tell apart."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from frontdesk.analytics.cells import UNTOLD
from frontdesk.analytics.errors import QuestionError
from frontdesk.enrich import name_of
from frontdesk.enrich.organisation import KINDS
from frontdesk.policy import Policy

DIMENSIONS: Mapping[str, str] = {
    "organisation": "the organisation, where one may be named",
    "account": "the account of the group's own list that an organisation is matched to",
    "country": "the country of the network",
    "entity": "the company of the group",
    "kind": "the kind of network, such as education or isp",
    "reason": "why no organisation is named, where none is",
    "page": "the page, as its route's template",
    "referrer": "the site that led here",
    "suggested": "the company that was suggested to the visitor",
    "suggestion": "what became of a suggestion: shown, led, taken or declined",
    "chosen": "how the company of the visit was found: choice, remembered, account, host, country or default",
    "agent": "the family of the browser",
    "month": "the month",
    "week": "the week, by its Monday",
    "day": "the day, UTC",
    "hour": "the hour, UTC",
}
"""What the rows of an answer may tell apart."""

TIMES = ("month", "week", "day", "hour")
"""The dimensions of time, from coarse to fine."""

STEPS_OF_K = (5, 10, 20, 50, 100, 200, 500, 1000)
"""How many distinct visitors a question may ask a row to have. By just any number one would find a row's count."""

DEFAULT_K = 10
LEAST_K = STEPS_OF_K[0]
"""Distinct visitors that a row needs: unless the question says otherwise, and at the least whatever it says."""

MOST_DAYS = 1100
_FIRST = date(2000, 1, 1)
_MOST_DIMENSIONS = 3
_MOST_FILTERS = 8
_MOST_VALUES = 50
_LONGEST = 200
_COUNTRY = re.compile(rf"[A-Z]{{2}}|{re.escape(UNTOLD)}")
_NAME = re.compile(r"[\w.@ +-]{1,64}")


class Question(NamedTuple):
    """One question. Days are of UTC; `since` is the first and `until` the last of them.

    `where` keeps only visits whose dimension has one of some values. Bots are left out unless `bots` is true. `k` is
    how many distinct visitors a row needs, one of `STEPS_OF_K`. `asked_by` is the name that whoever asks gives.
    """

    purpose: str
    by: tuple[str, ...]
    since: date
    until: date
    asked_by: str
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bots: bool = False
    k: int = DEFAULT_K

    @property
    def dimensions(self) -> set[str]:
        """Every dimension that the question touches."""
        return {*self.by, *(dimension for dimension, _ in self.where)}

    @property
    def days(self) -> int:
        """How many days it asks about."""
        return (self.until - self.since).days + 1

    def before(self) -> "Question":
        """The same question of as many days before."""
        return self._replace(since=self.since - timedelta(self.days), until=self.since - timedelta(1))


def check(policy: Policy, question: Question) -> None:
    """Raise `QuestionError` where a question cannot be understood, is too large, or asks for what there cannot be."""
    for dimension in [*question.by, *(name for name, _ in question.where)]:
        if dimension not in DIMENSIONS:
            raise QuestionError(f"{dimension[:_LONGEST]!r} is no dimension; there are {', '.join(DIMENSIONS)}")
    if not question.by or len(question.by) > _MOST_DIMENSIONS or len(set(question.by)) < len(question.by):
        raise QuestionError(f"say one to {_MOST_DIMENSIONS} different dimensions to tell rows apart by")
    times = [dimension for dimension in question.by if dimension in TIMES]
    if len(times) > 1 or (times and question.by[-1] != times[0]):
        raise QuestionError("only one dimension of time goes into a question, as the last")
    if any(name in TIMES for name, _ in question.where):
        raise QuestionError("time is not a filter: give the first and the last day")
    _check_filters(question.where)
    _check_values(policy, question.where)
    if question.since > question.until:
        raise QuestionError(f"the first day, {question.since}, is after the last, {question.until}")
    if question.since < _FIRST:
        raise QuestionError(f"there is no book of {question.since}")
    if question.days > MOST_DAYS:
        raise QuestionError(f"{question.days} days are too many; {MOST_DAYS} is the most")
    if not _NAME.fullmatch(question.asked_by):
        raise QuestionError("say who asks: 1 to 64 letters, digits, spaces or any of . @ + - _")


def _check_filters(where: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    names = [name for name, _ in where]
    if len(names) > _MOST_FILTERS:
        raise QuestionError(f"at most {_MOST_FILTERS} filters")
    for name in names:
        if names.count(name) > 1:
            every = ",".join(value for each, values in where if each == name for value in values)
            raise QuestionError(f"{name} stands twice; write {f'{name}={every}'[:_LONGEST]!r}")
    for name, values in where:
        if not values or len(values) > _MOST_VALUES or any(not value or len(value) > _LONGEST for value in values):
            raise QuestionError(f"{name}: give 1 to {_MOST_VALUES} values of up to {_LONGEST} characters")


def _check_values(policy: Policy, where: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    """A value that no visit can have is a mistake: that nobody came would be no answer to it."""
    entities = tuple(entity.id for entity in policy.entities)
    known = {"entity": entities, "suggested": entities, "kind": KINDS}
    for name, values in where:
        for value in values:
            if name == "country" and not _COUNTRY.fullmatch(value):
                raise QuestionError(f"{value!r} is no country; write its two capital letters, such as DE")
            if name in known and value not in {*known[name], UNTOLD}:
                raise QuestionError(f"{name} is never {value!r}; known are {', '.join(known[name])}")


def filters(texts: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Filters as a person writes them: `country=DE,AT`; an organisation by its name. Raises `QuestionError`."""
    found = []
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals:
            raise QuestionError(f"{text[:_LONGEST]!r} is no filter; write it as dimension=value, such as country=DE,AT")
        told = tuple(value.strip() for value in values.split(",") if value.strip())
        if name.strip() == "organisation":
            told = tuple(name_of(value).key for value in told)
        found.append((name.strip(), told))
    return tuple(found)
