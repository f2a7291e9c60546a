"""Asking: the one door to what the book tells of its visitors."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from frontdesk.analytics import seen
from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.answer import Answer, Organisation, Row, Summary, Withheld
from frontdesk.analytics.damage import first_damage
from frontdesk.analytics.errors import ForbiddenError, QuestionError
from frontdesk.analytics.figures import Counter, Figures, covers, overlap
from frontdesk.analytics.key import rounding_key
from frontdesk.analytics.library import MEMORY, connection, engine
from frontdesk.analytics.load import Loaded, load
from frontdesk.analytics.named import Named
from frontdesk.analytics.narrow import narrow
from frontdesk.analytics.objections import BY, Objections, count
from frontdesk.analytics.permission import permit
from frontdesk.analytics.question import TIMES, Question, check
from frontdesk.analytics.rounding import Limits, many, pair, rounded
from frontdesk.analytics.summary import summary
from frontdesk.analytics.threshold import Cell, Key, labels
from frontdesk.analytics.view import View
from frontdesk.policy import Policy
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.errors import BookError

_Told = dict[str, str | int | None]
Witness = Callable[[_Told], None]
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
        witness: writes the audit record; by default into every book that is asked.

    Raises:
        QuestionError: the question cannot be understood.
        ForbiddenError: a rule refuses it, which is recorded too.
        BookError: a book cannot be read, or the audit record cannot be written.
        FrontdeskError: DuckDB is not installed.
    """
    now = now or datetime.now(UTC)

    def read(connected: Any) -> tuple[Answer, _Told]:
        return _answer(connected, policy, question, now, accounts)

    return _tell(policy, question, read, witness)


def ask_objections(
    policy: Policy, question: Question, *, now: datetime | None = None, witness: Witness | None = None
) -> list[Objections]:
    """How many visits came with an objection, by company and day or more: a question like any other, of all visits.

    Raises as `ask` does.
    """
    now = now or datetime.now(UTC)
    if not BY.issuperset(question.dimensions):
        told = f"objections are told by {', '.join(sorted(BY))} only"
        raise QuestionError(f"{told}: anything else would tell of one person, or is not kept")

    def read(connected: Any) -> tuple[list[Objections], _Told]:
        View(connected, policy, now).counts(question.purpose, question.since, question.until)
        found = count(connected, question, rounding_key(_books(policy)[0]), question.by)
        return found, {"rows": len(found)}

    return _tell(policy, question, read, witness)


def _tell(policy: Policy, question: Question, read: Callable[[Any], tuple[_T, _Told]], witness: Witness | None) -> _T:
    """What is read for a question, once it is permitted and written down."""
    check(policy, question)
    books = _books(policy)
    tell = witness or _witness(policy, books)
    try:
        permit(policy, question)
    except ForbiddenError as refusal:
        tell(_account(question) | {"refused": refusal.rule})
        raise
    answer, told = _read(policy, question, read)
    tell(_account(question) | told)
    return answer


def _books(policy: Policy) -> list[Path]:
    """The books that are there. Raises `BookError` where there is none: a question does not make one."""
    books = [book for book in policy.directories() if book.is_dir()]
    if not books:
        raise BookError(
            policy.log.directory, "no such folder; a book is made when an app starts (see [log] in the policy)"
        )
    return books


def _read(policy: Policy, question: Question, read: Callable[[Any], _R]) -> _R:
    """What is read. Files may be sealed, compacted or purged meanwhile: then it is begun again."""
    for attempt in range(_ATTEMPTS):
        try:
            with connection() as connected:
                return read(connected)
        except engine().OutOfMemoryException:
            told = f"this takes more than {MEMORY} of memory: ask for fewer days or dimensions"
            raise QuestionError(f"{told}, and compact the book (frontdesk log compact)") from None
        except FileNotFoundError as error:
            if attempt + 1 == _ATTEMPTS:
                raise BookError(error.filename, "was taken away while it was read") from None
        except OSError as error:
            raise BookError(error.filename or policy.log.directory, f"cannot be read: {error.strerror}") from None
        except engine().Error as error:
            words = _of_files(error)
            if words is None:
                raise
            if attempt + 1 == _ATTEMPTS:
                raise _unreadable(policy, question, words) from None
    raise AssertionError


def _unreadable(policy: Policy, question: Question, words: str) -> BookError:
    """What DuckDB could not read: the file, where it is found, or else its words."""
    with suppress(OSError):
        if damage := first_damage(_books(policy), question.before().since.isoformat(), question.until.isoformat()):
            return damage
    told = f"cannot be read: {words[:_LONGEST_TOLD]}; frontdesk log verify tells which file is damaged"
    return BookError(policy.log.directory, told)


def _of_files(error: Exception) -> str | None:
    """What DuckDB says of files that it could not read; None where it is not they that are wrong."""
    if isinstance(error, (engine().IOException, engine().InvalidInputException)):
        return " ".join(str(error).split())
    if type(error) is not engine().Error:
        return None
    # Raised in Python, where archived segments are read: of a traceback the line that follows it.
    lines = [line for line in str(error).splitlines() if line and not line.startswith((" ", "Traceback"))]
    return lines[0] if lines else str(error)


def _answer(
    connected: Any, policy: Policy, asked: Question, now: datetime, accounts: Accounts | None
) -> tuple[Answer, _Told]:
    key = rounding_key(_books(policy)[0])
    view = View(connected, policy, now)
    question, has_before = narrow(connected, view, asked, now, accounts)
    loaded = load(connected, view, question, now, accounts)
    counter = Counter(connected, question, loaded)
    time_ = question.by[-1] if question.by[-1] in TIMES else None
    cells = counter.cells()
    distinct = counter.distinct if overlap(question) else None
    found = labels(cells, question.k, time_, distinct=distinct, missed=counter.missed(cells))
    counter.label(found.of)
    # Where somebody may be in two cells, their number limits nothing.
    limits = {} if distinct or time_ == "hour" else _limits(cells, found.of, question.k)
    rows = _rows(connected, counter, question, key, limits)
    past = _past(connected, question, loaded, found.of, key) if rows and has_before else {}
    rows = [row._replace(before=past.get(row.key)) for row in rows]
    rows.sort(key=lambda row: (row.key[-1] if time_ else "", -row.visits, row.key))
    withheld = Withheld(many(found.together, question.k), many(found.left_out, question.k))
    view.counts(question.purpose, question.since, question.until)
    whole = summary(connected, question, loaded, key)
    if rows and covers(question):
        whole = _summed(whole, rows, add_up=not distinct and time_ != "hour")
    answer = Answer(asked, tuple(rows), withheld, whole)
    return answer, {"rows": len(rows), "together": found.together, "left_out": found.left_out}


def _summed(whole: Summary, rows: Sequence[Row], *, add_up: bool) -> Summary:
    """The summary of rows that hold every visit: their sum, for another figure of the same would tell more of them."""
    visitors = sum(row.visitors for row in rows) if add_up else whole.visitors
    return whole._replace(visits=sum(row.visits for row in rows), visitors=visitors)


def _limits(cells: Iterable[Cell], told: Mapping[Key, Key], k: int) -> dict[Key, Limits]:
    """How many visitors the rows with hidden cells may have, for whoever knows how many cells there are.

    A hidden cell has 1 to k - 1, one that was taken in k at least.
    """
    members: defaultdict[Key, list[int]] = defaultdict(list)
    for cell in cells:
        if cell.key in told:
            members[told[cell.key]].append(cell.visitors)
    return {
        key: (sum(1 if count < k else k for count in each), len(each) * (k - 1) if max(each) < k else None)
        for key, each in members.items()
        if min(each) < k
    }


def _rows(connected: Any, counter: Counter, question: Question, key: bytes, limits: Mapping[Key, Limits]) -> list[Row]:
    found, pages, ends = counter.figures(), counter.pages(), counter.ends()
    known = Named(connected, question, found) if "organisation" in question.by else None
    named, persons = (known.organisations(), known.persons()) if known else ({}, set())
    return [
        Row(
            told,
            *pair(figures.visits, figures.visitors, figures.crowd, key, limits.get(told)),
            None if pages is None else pages.get(told, 0),
            *seen.told(ends.get(told), question.k),
            None,
            _organisation(question, told, named),
        )
        for told, figures in found.items()
        # Others were judged by what they have at least; by now it is known what they have.
        if figures.enough(question.k) and persons.isdisjoint(told)
    ]


def _organisation(question: Question, told: Key, named: dict[str, Organisation]) -> Organisation | None:
    return named.get(told[question.by.index("organisation")]) if named else None


def _past(connected: Any, question: Question, loaded: Loaded, told: dict[Key, Key], key: bytes) -> dict[Key, int]:
    """The visits of each row in the period before, where they were enough. A time has no time before."""
    if question.by[-1] in TIMES:
        return {}
    counter = Counter(connected, question.before(), loaded)
    counter.label(told)
    past: dict[Key, Figures] = counter.figures()
    return {
        row: rounded(figures.visits, figures.crowd, "visits", key)
        for row, figures in past.items()
        if figures.enough(question.k)
    }


def _witness(policy: Policy, books: Sequence[Path]) -> Witness:
    """Writes into every book that is asked: whose records lie apart finds there who asked for them."""

    def tell(details: _Told) -> None:
        for book in books:
            testify(policy, book, time.time(), "report", details)

    return tell


def _account(question: Question) -> _Told:
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
