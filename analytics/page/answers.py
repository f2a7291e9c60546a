"""Answers: the page's way to `ask`. An answer is kept for a moment, but every question leaves its audit record."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.answer import Answer
from frontdesk.analytics.ask import ask, ask_objections
from frontdesk.analytics.objections import Objections
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.errors import PageError
from frontdesk.analytics.question import Question
from frontdesk.policy import Policy
from frontdesk.systemdata import Writer
from frontdesk.systemdata.audit import audit, auditor
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.tags import Tags

FRESH = 60
"""Seconds for which an answer is used again, so that going from page to page costs nothing."""

_MOST_KEPT = 64
_AT_ONCE = 2  # questions that are worked on; each may take a gigabyte or two of memory
_PATIENCE = 30  # seconds that one waits for its turn
_UNTIL_WRITTEN = 2.0  # seconds that an answer waits for its audit record, mostly a hundredth of one
_LOOK = 0.002  # seconds between two looks whether it is written

Where = tuple[tuple[str, tuple[str, ...]], ...]
_Details = dict[str, str | int | None]


class _Kept(NamedTuple):
    at: float
    answer: Any
    details: _Details


class Answers:
    """Asks for somebody, and keeps answers for a moment."""

    def __init__(self, policy: Policy, clock: Callable[[], float], accounts: Accounts | None = None) -> None:
        """Take a policy, a clock in seconds since 1970, and the group's list of accounts where there is one."""
        self.has_accounts = accounts is not None
        self._policy = policy
        self._clock = clock
        self._accounts = accounts
        self._kept: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._books: dict[Path, Writer] = {}
        self._tags = Tags(policy)

    def ask(
        self,
        asked: Asked,
        *by: str,
        where: Where = (),
        since: date | None = None,
        until: date | None = None,
        bots: bool = False,
    ) -> Answer:
        """The answer to a question about the period of a page, or about other days. Raises as `analytics.ask` does."""
        question = self._question(asked, by, where, since, until, bots=bots)

        def work(witness: Callable[[_Details], None]) -> Answer:
            return ask(self._policy, question, now=self._now(), accounts=self._accounts, witness=witness)

        answer: Answer = self._answer(("rows", question._replace(asked_by="")), question, work)
        return answer

    def objections(self, asked: Asked, *by: str, where: Where = ()) -> list[Objections]:
        """How many visits came with an objection. Raises as `analytics.ask_objections` does."""
        question = self._question(asked, by, where, None, None, bots=False)

        def work(witness: Callable[[_Details], None]) -> list[Objections]:
            return ask_objections(self._policy, question, now=self._now(), witness=witness)

        answer: list[Objections] = self._answer(("objections", question._replace(asked_by="")), question, work)
        return answer

    def _question(
        self, asked: Asked, by: tuple[str, ...], where: Where, since: date | None, until: date | None, *, bots: bool
    ) -> Question:
        first, last = since or asked.period.first, until or asked.period.last
        return Question(asked.purpose, by, first, last, asked.who.name, where, bots)

    def _answer(
        self, key: tuple[Any, ...], question: Question, work: Callable[[Callable[[_Details], None]], Any]
    ) -> Any:
        kept = self._find(key)
        if kept is not None:
            self._tell(kept.details | {"asked_by": question.asked_by})
            return kept.answer
        if not self._turns.acquire(timeout=_PATIENCE):
            raise PageError(503, "Too much is asked at once; this question did not get its turn.")
        try:
            told: list[_Details] = []

            def witness(details: _Details) -> None:
                self._tell(details)
                told.append(details)

            answer = work(witness)
        finally:
            self._turns.release()
        self._keep(key, _Kept(self._clock(), answer, told[-1]))
        return answer

    def _find(self, key: tuple[Any, ...]) -> _Kept | None:
        with self._lock:
            kept = self._kept.get(key)
            return kept if kept is not None and 0 <= self._clock() - kept.at < FRESH else None

    def _keep(self, key: tuple[Any, ...], kept: _Kept) -> None:
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)

    def _tell(self, details: _Details) -> None:
        """Write the audit record into every book that is asked, and wait until it is there.

        Without it there is no answer: raises `BookError` where a book does not take it in time.
        """
        for directory in self._policy.directories():
            if directory.is_dir():
                record = audit(self._tags, self._clock(), "report", auditor(self._policy, directory), details)
                book = self._writer(directory)
                if not (enter(record, book) and _is_written(book)):
                    raise BookError(directory, "the audit record of this question could not be written")

    def _writer(self, directory: Path) -> Writer:
        with self._lock:
            if directory not in self._books:
                self._books[directory] = Writer(directory)
            return self._books[directory]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _is_written(book: Writer) -> bool:
    """Whether all lines that wait by now are in their segments within the time that there is.

    The writer took them into its memory only, and a disk that is full shows when they are written.
    """
    told = book.statistics()
    wanted = told.written + told.buffered
    book.call()
    until = time.monotonic() + _UNTIL_WRITTEN
    while book.statistics().written < wanted:
        if time.monotonic() >= until:
            return False
        time.sleep(_LOOK)
    return True
