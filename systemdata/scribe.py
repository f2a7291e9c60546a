"""The scribe: the one thread of a process that writes, and keeps the book in order while it is at it."""

import errno
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path

from frontdesk.policy.seldom import Seldom
from frontdesk.systemdata.buffer import Batch, Buffer
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.gap import Gap, GapLine
from frontdesk.systemdata.pen import Pen
from frontdesk.systemdata.recover import Mended, Recovered, recover
from frontdesk.systemdata.room import Room, make_room
from frontdesk.systemdata.shelf import Place

_log = logging.getLogger("frontdesk")

_BACKOFF = 1.0  # nginx pauses a second when its disk is full
_MENDING_INTERVAL = 3600.0
_ROOM_INTERVAL = 60.0
_CLOSING_PAUSE = 0.05


class Scribe(threading.Thread):
    """Writes what waits in the buffer, until it is told to finish."""

    def __init__(
        self,
        buffer: Buffer,
        pen: Pen,
        folders: list[Path],
        gap_line: GapLine | None,
        flush_interval: float,
        room: Room,
        disk: Disk,
    ) -> None:
        super().__init__(name="frontdesk-writer", daemon=True)
        self.pen = pen
        pen.breathe = self._write_out  # lines do not wait while a large segment is sealed
        self.wake = threading.Event()
        self.ended = False
        """Whether it writes no more. `is_alive` says the same, but is slow, and is asked for each line."""
        self._buffer = buffer
        self._folders = folders
        self._gap_line = gap_line
        self._flush_interval = flush_interval
        self._room = room
        self._disk = disk
        self._deadline: float | None = None
        self._given_up = False
        self._orphans: Iterator[Mended] = iter(())
        self._mended = -_MENDING_INTERVAL
        self._looked = -_ROOM_INTERVAL
        self._seldom = Seldom()

    def finish(self, timeout: float) -> None:
        """Let it write what waits and seal; after `timeout` seconds it is given up, and has no say any more."""
        self._deadline = time.monotonic() + timeout
        self.wake.set()
        self.join(timeout)
        self._given_up = True

    def run(self) -> None:
        """Write in turns."""
        try:
            self._work()
        finally:
            self.ended = True
            self._buffer.left(self)

    def _work(self) -> None:
        while not self._given_up:  # it may have been, while it was stuck in a write
            self.wake.wait(_BACKOFF if self._buffer.trouble and self._deadline is None else self._flush_interval)
            self.wake.clear()
            if self._turn():
                return
        self.pen.put_down()  # the next start seals what is left

    def _turn(self) -> bool:
        """Write, and keep the book in order; whether that was the last turn."""
        deadline = self._deadline
        well = self._write_out() and self._tell_gaps()
        if self._given_up:
            return False
        if deadline is not None:
            if well or time.monotonic() >= deadline:
                self.pen.seal(deadline)
                return True
            time.sleep(_CLOSING_PAUSE)
            self.wake.set()
            return False
        if self._try_all([self._keep_order, self._make_room]) and well:
            self._buffer.trouble = None
        return False

    def _write_out(self) -> bool:
        """Write everything that waits, as far as the disk takes it; one place's trouble is not another's."""
        batch = self._buffer.take(self)
        return self._try_all([partial(self._write, batch, place) for place in batch])

    def _write(self, batch: Batch, place: Place) -> None:
        lines = batch[place]
        while lines:
            began = time.perf_counter()
            try:
                written = self.pen.append(place, lines)
            finally:
                self._buffer.latency.add(time.perf_counter() - began)
            if not self._buffer.wrote(batch, place, written):
                return

    def _tell_gaps(self) -> bool:
        """Write of what is missing, now that something can be written again."""
        gaps = self._buffer.gaps(self, all_of_them=self._deadline is not None) if self._gap_line else ()
        return self._try_all([partial(self._tell, gap) for gap in gaps])

    def _tell(self, gap: Gap) -> None:
        if self._gap_line is not None:
            line, shelf = self._gap_line(gap)
            self.pen.append(Place(shelf), [line])
            self._buffer.told(gap)

    def _keep_order(self) -> None:
        """Sync and seal what is due; mend one thing that a crash left, so that no line waits for long."""
        try:
            self.pen.keep_house()
        finally:
            self._buffer.suspects += self.pen.suspects
            self.pen.suspects = 0
        if time.monotonic() - self._mended >= _MENDING_INTERVAL:
            self._mended = time.monotonic()
            self._orphans = chain.from_iterable(
                recover(folder, self._disk, self._write_out) for folder in self._folders
            )
        mended = next(self._orphans, None)
        if mended is not None:
            segments, torn = self._buffer.recovered
            self._buffer.recovered = Recovered(segments + 1, torn + mended.torn)
            if mended.torn:
                self._buffer.missing(mended.shelf, "torn", 1)

    def _make_room(self) -> None:
        """Once a minute, see that the book takes no more room than it may, and note what had to go."""
        if not self._room.is_limited() or time.monotonic() - self._looked < _ROOM_INTERVAL:
            return
        self._looked = time.monotonic()
        for folder in self._folders:
            for freed in make_room(folder, self._room, self._disk):
                self._buffer.deleted += freed.records
                self._buffer.missing(freed.shelf, "deleted_for_room", freed.records, freed.since)

    def _try_all(self, steps: list[Callable[[], None]]) -> bool:
        return sum([self._try(step) for step in steps]) == len(steps)

    def _try(self, step: Callable[[], None]) -> bool:
        """Do a thing; whatever goes wrong, the next is to be tried."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - no error of any kind ends the book
            self._complain(error)
            return False
        return True

    def _complain(self, error: Exception) -> None:
        """Remember the trouble, and warn of it at most once a minute."""
        code = error.errno if isinstance(error, OSError) else None
        self._buffer.trouble = "disk_full" if code in {errno.ENOSPC, errno.EDQUOT} else "io_error"
        if self._seldom.admits():
            told = error.strerror if isinstance(error, OSError) else type(error).__name__
            with suppress(Exception):  # a log handler that fails is not to stop the book
                _log.warning("the visitors' book cannot be written to %s: %s", self._folders[0], told)
