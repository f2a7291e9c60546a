"""Noticing a new database, and having it opened, and noticing a new day, without any request waiting for it.

Whatever else has to be noticed is looked for by the same thread.
"""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from frontdesk.geodb.age import today
from frontdesk.geodb.errors import DatabaseError
from frontdesk.geodb.manifest import beside
from frontdesk.geodb.reader import Database
from frontdesk.policy.seldom import Seldom

_log = logging.getLogger("frontdesk")

INTERVAL = 2.0
"""Seconds between two looks at the file."""


class Watch:
    """Looks at a database file in a thread of its own, and hands over each new one that opens."""

    def __init__(
        self,
        file: Path,
        hand_over: Callable[[Database], None],
        *,
        new_day: Callable[[], None] = lambda: None,
        beside: Callable[[], None] = lambda: None,
        interval: float | None = None,
    ) -> None:
        """`new_day` is called when a day has begun, for what depends on it, and `beside`, which raises nothing, at each
        look; `interval` is in seconds.
        """
        self._file = file
        self._hand_over = hand_over
        self._new_day = new_day
        self._beside = beside
        self._day = today()
        self._interval = INTERVAL if interval is None else interval
        self._mark = self._look()
        self._stop = threading.Event()
        self._pid = 0
        self._seldom = Seldom()
        self.swaps = 0
        self.refused = 0

    def start(self) -> None:
        """Begin to look, if this process does not yet: after a fork the parent's thread is not here."""
        if self._pid == os.getpid():
            return
        stop = threading.Event()
        threading.Thread(target=self._run, args=(stop,), name="frontdesk-watch", daemon=True).start()
        self._pid, self._stop = os.getpid(), stop

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._pid = 0

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self._interval):
            self._look_at_the_day()
            self._beside()
            mark = self._look()
            if mark is None or mark == self._mark:
                continue
            # Remembered whatever comes of it: a database that was refused is not tried again until it changes.
            self._mark = mark
            self._open()

    def _look_at_the_day(self) -> None:
        day = today()
        if day != self._day:
            self._day = day
            try:
                self._new_day()
            except Exception as error:  # noqa: BLE001 - whatever it is, the watch goes on
                with suppress(Exception):
                    _log.warning("the age of the database cannot be told: %s", type(error).__name__)

    def _open(self) -> None:
        try:
            self._hand_over(Database(self._file))
            self.swaps += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, the next one is to be noticed
            self.refused += 1
            told = error if isinstance(error, DatabaseError) else type(error).__name__
            with suppress(Exception):  # a log handler that fails is not to end the watch
                if self._seldom.admits(str(told)):
                    _log.warning("the new database is refused, the old one stays: %s", told)

    def _look(self) -> tuple[tuple[int, int, int], ...] | None:
        """What tells a file from the one before: of the database and of its manifest; None while one is missing."""
        try:
            facts = [os.stat(path) for path in (self._file, beside(self._file))]  # noqa: PTH116
        except OSError:
            return None
        return tuple((fact.st_ino, fact.st_size, fact.st_mtime_ns) for fact in facts)
