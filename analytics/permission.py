"""Whether a question may be answered: its purpose must be allowed what it asks for. Each refusal names its rule."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from frontdesk.analytics.errors import ForbiddenError
from frontdesk.analytics.question import DIMENSIONS, LEAST_K, STEPS_OF_K, Question
from frontdesk.policy import Policy
from frontdesk.policy.purposes import PURPOSES, DataClass, Facet, in_words

RULES: Mapping[str, str] = {
    "purpose-missing": "a question says what its answer is for",
    "purpose-unknown": "a question needs one of the policy's purposes",
    "purpose-without-reports": "some purposes rest on single records, and no statistics are made for them",
    "purpose-not-kept": "visits are used only for the purposes that they are kept for",
    "purpose-class": "a purpose may use only the classes of data that it names",
    "purpose-beyond": "a purpose may ask only for what it needs",
    "anonymous-only": "public statistics are anonymous: by country, company, kind and days, and nothing else",
    "threshold": f"no row stands for fewer than {LEAST_K} distinct visitors, and thresholds go by steps",
}
"""The rules that refuse a question."""

FACETS: Mapping[str, Facet] = {
    "organisation": Facet.ORGANISATIONS,
    "account": Facet.ACCOUNTS,
    "country": Facet.TRAFFIC,
    "entity": Facet.TRAFFIC,
    "kind": Facet.TRAFFIC,
    "reason": Facet.OPERATION,
    "page": Facet.PAGES,
    "referrer": Facet.PAGES,
    "suggested": Facet.ROUTING,
    "suggestion": Facet.ROUTING,
    "chosen": Facet.ROUTING,
    "agent": Facet.OPERATION,
    "month": Facet.TRAFFIC,
    "week": Facet.TRAFFIC,
    "day": Facet.TRAFFIC,
    "hour": Facet.OPERATION,
}
"""What part of reports each dimension belongs to."""


class _Refusal(NamedTuple):
    rule: str
    problem: str


def permit(policy: Policy, question: Question) -> None:
    """Raise `ForbiddenError` with the first rule that refuses a question."""
    for refusal in _refusals(policy, question):
        raise ForbiddenError(*refusal)


def may_ask(purpose: str) -> list[str]:
    """The dimensions that a purpose may ask by."""
    return [dimension for dimension in DIMENSIONS if FACETS[dimension] in PURPOSES[purpose].reports]


def _refusals(policy: Policy, question: Question) -> Iterator[_Refusal]:
    yield from _refusals_of_purpose(policy, question.purpose)
    purpose = PURPOSES[question.purpose]
    needed = _classes(question)
    if not needed <= purpose.classes:
        told = f"{question.purpose} may use {in_words(purpose.classes)}, and this needs {in_words(needed)}"
        yield _Refusal("purpose-class", told)
    allowed = may_ask(question.purpose)
    if beyond := sorted(question.dimensions.difference(allowed)):
        told = f"{question.purpose} may not tell by {', '.join(beyond)}; only by {', '.join(allowed)}"
        yield _Refusal("anonymous-only" if purpose.anonymous else "purpose-beyond", told)
    if question.k not in STEPS_OF_K:
        yield _Refusal("threshold", f"k = {question.k} is none of {', '.join(map(str, STEPS_OF_K))}")


def _refusals_of_purpose(policy: Policy, name: str) -> Iterator[_Refusal]:
    with_reports = ", ".join(each for each, purpose in PURPOSES.items() if purpose.reports)
    if not name:
        yield _Refusal("purpose-missing", f"say what the answer is for: {with_reports}")
    if name not in PURPOSES:
        yield _Refusal("purpose-unknown", f"{name[:64]!r} is no purpose; there are {', '.join(PURPOSES)}")
    if not PURPOSES[name].reports:
        yield _Refusal("purpose-without-reports", f"no report is made for {name}; for {with_reports}")
    kept_for = policy.retention.visit.purposes
    if name not in kept_for:
        told = f"the policy keeps visits for {', '.join(kept_for) or 'nothing'}, not for {name}"
        yield _Refusal("purpose-not-kept", f"{told} (retention.visit.purposes)")


def _classes(question: Question) -> frozenset[DataClass]:
    """The classes of data that a question needs."""
    needed = {DataClass.SYSTEM_DATA}
    if "account" in question.dimensions:
        needed.add(DataClass.ACCOUNT_INFORMATION)
    return frozenset(needed)
