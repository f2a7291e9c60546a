"""Asking: the one door to what the book tells of its visitors."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.answer import Answer, Organisation, Row, Withheld
from frontdesk.analytics.errors import ForbiddenError, QuestionError
from frontdesk.analytics.figures import Counter, Figures, is_disjoint, remainder
from frontdesk.analytics.key import rounding_key
from frontdesk.analytics.library import connection, engine
from frontdesk.analytics.objections import BY, Objections, count
from frontdesk.analytics.permission import permit
from frontdesk.analytics.question import TIMES, Question, check
from frontdesk.analytics.rounding import rounded
from frontdesk.analytics.seen import Seen
from frontdesk.analytics.summary import summary
from frontdesk.analytics.threshold import Key, labels
from frontdesk.analytics.view import View
from frontdesk.policy import Policy
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.errors import BookError

Witness = Callable[[dict[str, str | int | None]], None]
"""Writes down what was asked and what became of it. An answer is given only after it."""

_T = TypeVar("_T")
_R = TypeVar("_R")

_ATTEMPTS = 3
_LONGEST_TOLD = 500


def ask(
    policy: Policy,
    question: Question,
    *,
    now: datetime | None = None,
    accounts: Accounts | None = None,
    witness: Witness | None = None,
) -> Answer:
    """Answer a question from the books of a policy, and leave an audit record of it.

    Args:
        policy: whose books, thresholds and purposes.
        question: what is asked.
        now: the time by which records have expired; by default the present.
        accounts: the group's own list, needed to tell by account.
        witness: writes the audit record; by default into the common book.

    Raises:
        QuestionError: the question cannot be understood.
        ForbiddenError: a rule refuses it, which is recorded too.
        BookError: a book cannot be read, or the audit record cannot be written.
        FrontdeskError: DuckDB is not installed.
    """
    now = now or datetime.now(UTC)

    def read(connected: Any) -> tuple[Answer, int]:
        answer = _answer(connected, policy, question, now, accounts)
        return answer, len(answer.rows)

    return _tell(policy, question, read, witness)


def ask_objections(
    policy: Policy, question: Question, *, now: datetime | None = None, witness: Witness | None = None
) -> list[Objections]:
    """How many visitors objected, by company and time: a question like any other, of all visits.

    Raises as `ask` does.
    """
    now = now or datetime.now(UTC)
    if not BY.issuperset(question.dimensions):
        raise QuestionError(f"objections are told by {', '.join(sorted(BY))} only: nothing else is kept of them")

    def read(connected: Any) -> tuple[list[Objections], int]:
        View(connected, policy, now).open(question.purpose, question.since, question.until)
        found = count(connected, question, rounding_key(policy.log.directory), question.by)
        return found, len(found)

    return _tell(policy, question, read, witness)


def _tell(policy: Policy, question: Question, read: Callable[[Any], tuple[_T, int]], witness: Witness | None) -> _T:
    """What is read for a question, once it is permitted and written down."""
    check(question)
    told = witness or _witness(policy)
    try:
        permit(policy, question)
        answer, rows = _read(policy, read)
    except ForbiddenError as refusal:
        told(_account(question) | {"refused": refusal.rule})
        raise
    withheld = answer.withheld._asdict() if isinstance(answer, Answer) else {}
    told(_account(question) | {"rows": rows} | withheld)
    return answer


def _read(policy: Policy, read: Callable[[Any], _R]) -> _R:
    """What is read. Files may be sealed, compacted or purged meanwhile: then it is begun again."""
    for attempt in range(_ATTEMPTS):
        try:
            with connection() as connected:
                return read(connected)
        except OSError as error:
            raise BookError(error.filename or policy.log.directory, f"cannot be read: {error.strerror}") from None
        except (engine().IOException, engine().InvalidInputException) as error:
            if attempt + 1 == _ATTEMPTS:
                told = " ".join(str(error).split())[:_LONGEST_TOLD]
                raise BookError(policy.log.directory, f"cannot be read: {told}") from None
    raise AssertionError


def _answer(connected: Any, policy: Policy, question: Question, now: datetime, accounts: Accounts | None) -> Answer:
    key = rounding_key(policy.log.directory)
    view = View(connected, policy, now, accounts)
    before = question.before()
    view.open(question.purpose, before.since, question.until)
    if question.where and 0 < remainder(connected, question) < question.k:
        raise ForbiddenError("remainder", f"the filter leaves out fewer than {question.k} visitors; ask without it")
    counter = Counter(connected, question)
    counter.hold()
    time_ = question.by[-1] if question.by[-1] in TIMES else None
    found = labels(counter.cells(), question.k, time_, disjoint=is_disjoint(question))
    counter.label(found.of)
    rows = _rows(counter, question, key)
    past = _past(connected, question, found.of, key) if rows else {}
    rows = [row._replace(before=past.get(row.key)) for row in rows]
    rows.sort(key=lambda row: (row.key[-1] if time_ else "", -row.visits, row.key))
    withheld = Withheld(found.together, found.left_out)
    return Answer(question, tuple(rows), withheld, summary(connected, question, key))


def _rows(counter: Counter, question: Question, key: bytes) -> list[Row]:
    pages, seen = counter.pages(), Seen(counter.days(), question.k)
    named = counter.organisations(question.k) if "organisation" in question.by else {}
    return [
        Row(
            told,
            rounded(figures.visits, figures.crowd, "visits", key),
            rounded(figures.visitors, figures.crowd, "visitors", key),
            pages.get(told, 0),
            *seen.ends(told),
            None,
            _organisation(question, told, named),
        )
        for told, figures in counter.figures().items()
        # Others were judged by what they have at least; by now it is known what they have.
        if figures.visitors >= question.k
    ]


def _organisation(question: Question, told: Key, named: dict[str, Organisation]) -> Organisation | None:
    return named.get(told[question.by.index("organisation")]) if named else None


def _past(connected: Any, question: Question, told: dict[Key, Key], key: bytes) -> dict[Key, int]:
    """The visits of each row in the period before, where they were enough. A time has no time before."""
    if question.by[-1] in TIMES:
        return {}
    counter = Counter(connected, question.before())
    counter.hold()
    counter.label(told)
    past: dict[Key, Figures] = counter.figures()
    return {
        row: rounded(figures.visits, figures.crowd, "visits", key)
        for row, figures in past.items()
        if figures.visitors >= question.k
    }


def _witness(policy: Policy) -> Witness:
    directory = policy.log.directory
    return lambda details: testify(policy, directory, time.time(), "report", details)


def _account(question: Question) -> dict[str, str | int | None]:
    """The question, as an audit record tells it."""
    where = {name: list(values) for name, values in question.where}
    return {
        "asked_by": question.asked_by,
        "purpose": question.purpose,
        "by": ", ".join(question.by),
        "since": question.since.isoformat(),
        "until": question.until.isoformat(),
        "where": orjson.dumps(where).decode() if where else None,
        "bots": int(question.bots),
        "k": question.k,
    }
