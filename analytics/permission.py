"""Whether a question may be answered: its purpose must be allowed what it asks for. Each refusal names its rule."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from frontdesk.analytics.errors import ForbiddenError
from frontdesk.analytics.question import LEAST_K, TIMES, Question
from frontdesk.policy import Policy
from frontdesk.policy.purposes import PURPOSES, DataClass, in_words

RULES: Mapping[str, str] = {
    "purpose-unknown": "a question needs one of the policy's purposes",
    "purpose-class": "a purpose may use only the classes of data that it names",
    "purpose-not-kept": "visits are used only for the purposes that they are kept for",
    "anonymous-only": "public statistics are anonymous: by country, company, kind and time, and nothing else",
    "threshold": f"no row stands for fewer than {LEAST_K} distinct visitors, whatever is asked",
    "remainder": "what a filter leaves out must not be a few visitors, or the difference would tell of them",
}
"""The rules that refuse a question."""

_ANONYMOUS = frozenset({"country", "entity", "kind", *TIMES})


class _Refusal(NamedTuple):
    rule: str
    problem: str


def permit(policy: Policy, question: Question) -> None:
    """Raise `ForbiddenError` with the first rule that refuses a question."""
    for refusal in _refusals(policy, question):
        raise ForbiddenError(*refusal)


def _refusals(policy: Policy, question: Question) -> Iterator[_Refusal]:
    purpose = PURPOSES.get(question.purpose)
    if purpose is None:
        told = f"{question.purpose!r} is no purpose" if question.purpose else "the question has no purpose"
        yield _Refusal("purpose-unknown", f"{told}; there are {', '.join(PURPOSES)}")
        return
    needed = _classes(question)
    if not needed <= purpose.classes:
        told = f"{question.purpose} may use {in_words(purpose.classes)}, and this needs {in_words(needed)}"
        yield _Refusal("purpose-class", told)
    kept_for = policy.retention.visit.purposes
    if question.purpose not in kept_for:
        told = f"the policy keeps visits for {', '.join(kept_for) or 'nothing'}, not for {question.purpose}"
        yield _Refusal("purpose-not-kept", told)
    beyond = sorted(question.dimensions - _ANONYMOUS)
    if purpose.anonymous and beyond:
        allowed = ", ".join(sorted(_ANONYMOUS))
        yield _Refusal("anonymous-only", f"{question.purpose} may not tell by {', '.join(beyond)}; only by {allowed}")
    if question.k < LEAST_K:
        yield _Refusal("threshold", f"k = {question.k} is below {LEAST_K}")


def _classes(question: Question) -> frozenset[DataClass]:
    """The classes of data that a question needs."""
    needed = {DataClass.SYSTEM_DATA}
    if "account" in question.dimensions:
        needed.add(DataClass.ACCOUNT_INFORMATION)
    return frozenset(needed)
