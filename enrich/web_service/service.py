"""Asking the web service about visitors of whom nothing local tells the organisation, off the request path.

A visit that meets no answer leaves its question in a bounded queue and goes on with what the database said. One
thread puts the questions, one after the other, so that the answer to one serves all others of its network.
"""

import asyncio
import atexit
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakSet

from frontdesk.enrich.web_service.allowance import Allowance, next_day
from frontdesk.enrich.web_service.answer import Answer, Network, asked_of, nothing, own_network, read
from frontdesk.enrich.web_service.answers import Answers
from frontdesk.enrich.web_service.line import Line
from frontdesk.enrich.web_service.maxmind import MaxMind, NotAnswered, Refused
from frontdesk.geodb.network_type import NetworkTypes
from frontdesk.policy.model import WebService as Settings
from frontdesk.policy.networks import unpack
from frontdesk.policy.seldom import Seldom

if TYPE_CHECKING:
    from geoip2.webservice import AsyncClient

_log = logging.getLogger("frontdesk")

MISSES: Final = frozenset({"unknown", "not_listed"})
"""The reasons for which an organisation is worth a question: nothing local tells what kind of network it is.

All others are answers: an access network or a host stays one, whoever is asked, and of a person, a household or an
excluded network no other company is to be told.
"""

SHUTDOWN_TIMEOUT = 1.0
"""Seconds that closing may take."""

_DAY = 86_400.0
_HOUR = 3_600.0
_LONGEST_QUEUE = 1_000
# The first pause and the longest: after a failure it may pass in a moment, after a refusal somebody must act.
_FAILED, _REFUSED = (1.0, 300.0), (600.0, _DAY)


class Statistics(NamedTuple):
    """What was asked since the start, in this process."""

    queued: int  # questions that visits left
    dropped: int  # misses that left none, as the queue was full or asking paused; and questions that a pause cleared
    over_limit: int  # misses that left none, as the day's limit was spent; and questions that this cleared
    asked: int  # look-ups made, each of which may cost
    answered: int  # of these, the ones that told something, or that nothing is known
    failed: int  # of these, the ones without an answer
    cached: int  # visits that were served by an answer
    networks: int  # answers that are held now
    state: str  # open, paused (the service failed or refused) or over_limit


class WebService:
    """The web service in one process. Any thread may look for an answer; after a fork the child starts afresh."""

    def __init__(
        self, settings: Settings, directory: Path, *, host: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Make ready to ask.

        Args:
            settings: the policy's.
            directory: where the count of the day's look-ups is kept: the book's folder.
            host: another host than MaxMind's.
            clock: seconds since 1970.

        Raises:
            FrontdeskError: MaxMind's client is not installed, or a secret is not where the policy says.
        """
        self._maxmind = MaxMind(settings, host)
        self._types = NetworkTypes.load()
        self._allowance = Allowance(directory, settings.daily_limit, clock)
        self._seconds = settings.cache_days * _DAY
        self._clock = clock
        self._seldom = Seldom()
        self._line: Line | None = None
        self.start_afresh()
        _services.add(self)

    def start_afresh(self) -> None:
        """Know nothing and have no thread: at first, and in a child after a fork."""
        if self._line is not None:
            _left_behind.append(self._line)
        self._line = None
        self._lock = threading.Lock()
        self._questions: dict[bytes, None] = {}  # in order; the one being asked stays until it is answered
        self._answers = Answers(self._seconds, self._clock)
        self._counts: Counter[str] = Counter()
        self._pause = (0.0, "dropped")  # until when nothing is asked, and how what is missed is counted
        self._troubles = 0  # failures and refusals in a row

    def find(self, address: bytes) -> Answer | None:
        """The answer for a packed address, or None, and then the question is put. It never waits.

        Only for a visitor who did not object, and whose network is one of `MISSES`.
        """
        answer = self._answers.find(address)
        if answer is None:
            self._leave(asked_of(address))
        else:
            self._counts["cached"] += 1
        return answer

    def statistics(self) -> Statistics:
        """The counters of this process."""
        counts = self._counts
        until, why = self._pause
        state = "open" if until <= self._clock() else "over_limit" if why == "over_limit" else "paused"
        return Statistics(
            counts["queued"],
            counts["dropped"],
            counts["over_limit"],
            counts["asked"],
            counts["answered"],
            counts["failed"],
            counts["cached"],
            len(self._answers),
            state,
        )

    def close(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        """Ask no more, whatever is under way. The next miss would begin again."""
        with self._lock:
            line, self._line = self._line, None
            self._questions.clear()
        if line is not None:
            line.hang_up(timeout)

    def _leave(self, question: bytes) -> None:
        with self._lock:
            if question in self._questions:
                return
            until, why = self._pause
            if until > self._clock():
                self._counts[why] += 1
                return
            if len(self._questions) >= _LONGEST_QUEUE:
                self._counts["dropped"] += 1
                return
            self._questions[question] = None
            self._counts["queued"] += 1
            if self._line is not None and self._line.is_alive():
                self._line.wake()
                return
            try:
                self._line = Line(self._ask_all)
            except (RuntimeError, OSError):  # no more threads or files to be had: the next miss tries again
                self._give_up("dropped")

    async def _ask_all(self, wake: asyncio.Event) -> None:
        async with self._maxmind.connect() as client:
            while True:
                question = next(iter(self._questions), None)
                if question is not None:
                    await self._settle(client, question)
                    continue
                wake.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_HOUR):
                        await wake.wait()
                self._answers.drop_expired()

    async def _settle(self, client: "AsyncClient", question: bytes) -> None:
        """Have one question answered: by an answer that came meanwhile, or by asking."""
        try:
            if self._answers.find(question) is None:
                network, answer = await self._ask(client, question)
                self._answers.keep(network, answer)
                self._counts["answered"] += 1
                self._troubles = 0
            with self._lock:
                self._questions.pop(question, None)
        except _OverLimitError:
            self._rest(next_day(self._clock()), "over_limit", "the day's look-ups are spent")
        except Refused as refused:
            self._retreat(_REFUSED, f"MaxMind's web service refuses: {refused}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the thread
            told = str(error) if isinstance(error, NotAnswered) else type(error).__name__
            self._retreat(_FAILED, f"MaxMind's web service does not answer: {told}")

    async def _ask(self, client: "AsyncClient", question: bytes) -> tuple[Network, Answer]:
        if not self._allowance.take():
            raise _OverLimitError
        self._counts["asked"] += 1
        day, source = datetime.fromtimestamp(self._clock(), UTC).date(), self._maxmind.source
        try:
            stored = await self._maxmind.ask(client, unpack(question))
            if stored is None:
                return own_network(question), nothing(source, day)
            return read(stored, question, source, day, self._types)
        except Exception:
            self._counts["failed"] += 1
            raise

    def _retreat(self, pauses: tuple[float, float], told: str) -> None:
        """Pause, each time twice as long, and warn of the first of several in a row."""
        first, longest = pauses
        seconds = min(first * 2 ** min(self._troubles, 20), longest)
        self._troubles += 1
        self._rest(self._clock() + seconds, "dropped", told if self._troubles == 1 else "")

    def _rest(self, until: float, why: str, told: str) -> None:
        """Ask nothing until a time. Nobody's address waits for it."""
        with self._lock:
            self._pause = (until, why)
            self._give_up(why)
        if told and self._seldom.admits(told):
            with suppress(Exception):  # a log handler that fails is not to end the thread
                _log.warning("%s; nothing is asked until %s", told, f"{datetime.fromtimestamp(until, UTC):%F %T} UTC")

    def _give_up(self, why: str) -> None:
        self._counts[why] += len(self._questions)
        self._questions.clear()


class _OverLimitError(Exception):
    """The day's allowance is spent."""


_services: WeakSet[WebService] = WeakSet()
# In a child after a fork: the parent's loops and connections, which must be neither used nor closed here.
_left_behind: list[Line] = []


def _after_fork() -> None:
    for service in list(_services):
        service.start_afresh()


def _at_exit() -> None:
    for service in list(_services):
        service.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
