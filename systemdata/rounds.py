"""The rounds: what has to be done for the book beside requests, by one thread in each process.

On its rounds it encrypts the addresses of incidents, which may need a key from the disk; writes the counts of hours
that are over; and lets go of keys of days that are over.
"""

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

from frontdesk.policy import Policy
from frontdesk.policy.seldom import Seldom
from frontdesk.systemdata.counts import Counts
from frontdesk.systemdata.daily_id import DailyIds, day_of, memory_keys
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.incident import Reported
from frontdesk.systemdata.ipcrypt import encrypt
from frontdesk.systemdata.keys import security_keys
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.tags import Tags
from frontdesk.systemdata.writer import Writer

_log = logging.getLogger("frontdesk")

INTERVAL = 30.0
"""Seconds between two rounds, unless an incident calls for one at once."""
BESIDE_INTERVAL = 2.0
"""Seconds between two looks at what else is to be done."""
MOST_WAITING = 1024
"""Incidents that may wait; a further one is counted as dropped."""

_GRACE = 60.0  # a visit that ended at the hour's last moment is counted a moment later


class Rounds:
    """One process's rounds for the book of a policy."""

    def __init__(self, policy: Policy, book: Writer, beside: Callable[[], None] = lambda: None) -> None:
        """`beside` is called every `BESIDE_INTERVAL` seconds, in the same thread; it raises nothing."""
        self._book = book
        self._beside = beside
        self.ids: DailyIds | None = None
        """The ids of one day, once a policy wants them."""
        self.follow(policy)
        self._pid = 0
        self._seldom = Seldom()
        self.counts = Counts()
        self._reset()
        _all.add(self)

    def _reset(self) -> None:
        self.counts.start_afresh()
        self._waiting: deque[tuple[Reported, Tags]] = deque()
        self._keys: dict[tuple[Path, str], bytes] = {}
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, policy: Policy) -> None:
        """Go on under another policy. What was counted and reported keeps the tags of the one that it came under."""
        if policy.visitors.daily_id and self.ids is None:
            self.ids = DailyIds(memory_keys(policy.log.directory))

    def start(self) -> None:
        """Begin, if this process has not yet; what waited before a fork is the parent's."""
        if self._pid == os.getpid():
            return
        if self._pid:
            self._reset()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._stopping,), name="frontdesk-rounds", daemon=True)
        self._thread.start()
        self._pid = os.getpid()

    def report(self, reported: Reported, tags: Tags) -> None:
        """Hand over an incident, to be written with these tags on a round that begins at once."""
        if len(self._waiting) >= MOST_WAITING:
            self._book.lost("queue_full", _shelf(reported))
            return
        self._waiting.append((reported, tags))
        self._wake.set()

    def start_afresh(self) -> None:
        """Have counted nothing, in a child after a fork; what waits is the parent's."""
        self._reset()
        self._pid = 0

    def stop(self, timeout: float = 0.5) -> None:
        """Go on one last round, which ends every hour's counts, and no more."""
        if self._pid != os.getpid():
            return
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():  # stuck on the disk: what waits for a key is lost, the counts are not
                while self._waiting:
                    self._book.lost("shutdown_deadline", _shelf(self._waiting.popleft()[0]))
        self._go(time.time(), counts_before=float("inf"))
        self._pid, self._thread = 0, None

    def _run(self, stopping: threading.Event) -> None:
        due = time.monotonic() + INTERVAL
        while not stopping.is_set():
            self._beside()
            called = self._wake.wait(BESIDE_INTERVAL)
            self._wake.clear()
            if called or time.monotonic() >= due:
                due = time.monotonic() + INTERVAL
                now = time.time()
                self._go(now, counts_before=now - _GRACE)

    def _go(self, now: float, counts_before: float) -> None:
        """One round."""
        try:
            while self._waiting:
                self._write(*self._waiting.popleft())
            for record in self.counts.take(counts_before):
                enter(record, self._book)
            today = day_of(now)
            self._keys = {place: key for place, key in self._keys.items() if place[1] == today}
            if self.ids is not None:
                self.ids.forget(now)
        except Exception as error:  # noqa: BLE001 - whatever it is, there is a next round
            self._complain(error)

    def _write(self, reported: Reported, tags: Tags) -> None:
        """Write a security record; without the address if it cannot be encrypted."""
        encrypted = None
        address = reported.address.reveal()
        if address is not None:
            try:
                encrypted = encrypt(self._key(reported), address).hex()
            except (OSError, BookError) as error:
                self._complain(error)
        # At the moment that it is heard the visitor is there, and of one who objected nobody else is to know.
        enter(reported.record(tags, encrypted), self._book, heard=not reported.objected)

    def _key(self, reported: Reported) -> bytes:
        place = (self._book.directory_of(reported.entity.id), day_of(reported.incident.at))
        key = self._keys.get(place)
        if key is None:
            key = self._keys[place] = security_keys(place[0]).make(place[1])
        return key

    def _complain(self, error: Exception) -> None:
        """Warn at most once a minute. Only errors that are ours to word tell more than their kind."""
        if self._seldom.admits():
            told = error if isinstance(error, BookError) else getattr(error, "strerror", None) or type(error).__name__
            with suppress(Exception):  # a log handler that fails is not to end the rounds
                _log.warning("a security record may lack its address, or a count be late: %s", told)


def _shelf(reported: Reported) -> Shelf:
    return Shelf("security", day_of(reported.incident.at), reported.entity.id)


_all: WeakSet[Rounds] = WeakSet()


def _at_exit() -> None:
    """Where no lifespan ended the rounds. The writers close after this: they were registered earlier."""
    for rounds in list(_all):
        rounds.stop()


atexit.register(_at_exit)
