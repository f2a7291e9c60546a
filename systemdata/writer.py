"""The writer: a bounded buffer, one thread per process, segments of its own.

A request hands over a finished line and goes on; it never waits for the disk and never fails for it. Every line is
written, in the buffer, or counted as dropped with a reason: `accepted == written + buffered + dropped`.
"""

import atexit
import logging
import os
import stat
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakSet

from frontdesk.systemdata.buffer import Buffer
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.gap import GapLine
from frontdesk.systemdata.latency import Timed
from frontdesk.systemdata.pen import Habits, Pen
from frontdesk.systemdata.read import LONGEST_LINE
from frontdesk.systemdata.recover import Recovered
from frontdesk.systemdata.room import UNLIMITED, Room
from frontdesk.systemdata.scribe import Scribe
from frontdesk.systemdata.shelf import Place, Shelf

_log = logging.getLogger("frontdesk")

CAPACITY = 8 << 20
"""Bytes that may wait for the disk, in each process."""
FLUSH_INTERVAL = 0.2
"""Seconds that a line may wait before it is written: what a crash of the process can cost."""
SYNC_INTERVAL = 1.0
"""Seconds that a written line may wait before it is synced: what a power cut can cost on top."""
SEGMENT_BYTES = 16 << 20
SEGMENT_SECONDS = 3600.0
"""A segment is sealed when it is this large, and whenever the clock passes a multiple of this."""
OPEN_SEGMENTS = 32
"""Segments that a process writes to at a time; beyond, the one that was not written to for longest is sealed."""
SHUTDOWN_TIMEOUT = 2.0
"""Seconds that closing may take, well inside any orchestrator's grace."""


class Statistics(NamedTuple):
    """Where every line went. At any quiet moment `accepted == written + buffered + sum(dropped.values())`."""

    accepted: int  # lines handed over, and lines that tell of a gap
    written: int  # lines in a segment
    buffered: int  # lines that wait, those being written included
    dropped: Mapping[str, int]  # lines lost, by reason
    buffered_bytes: int
    written_by_class: Mapping[str, int]
    recovered: Recovered  # what an earlier crash left, mended since
    suspects: int  # segments that the disk failed to sync
    deleted: int  # records deleted because the book took too much room
    state: str  # open, degraded (the disk refuses) or closed
    capacity: int = 0  # bytes that may wait
    writes: Timed = Timed()  # how long the writes took


class Writer:
    """The book's writer in one process. Safe to use from any thread; after a fork the child has a fresh one."""

    def __init__(
        self,
        directory: Path,
        *,
        elsewhere: Mapping[str, Path] | None = None,
        gap_line: GapLine | None = None,
        capacity: int = CAPACITY,
        flush_interval: float = FLUSH_INTERVAL,
        sync_interval: float | None = SYNC_INTERVAL,
        segment_bytes: int = SEGMENT_BYTES,
        segment_seconds: float = SEGMENT_SECONDS,
        open_segments: int = OPEN_SEGMENTS,
        room: Room = UNLIMITED,
        disk: Disk = DISK,
    ) -> None:
        """Open the book, its folders made if need be. Raises `BookError` where nothing can be written there.

        Args:
            directory: the book's folder.
            elsewhere: the folders of entities whose records lie apart, by entity.
            gap_line: makes the line that tells of a gap; without, the book tells of none.
            capacity: bytes that may wait.
            flush_interval: seconds that a line waits at most before it is written, while the disk takes lines.
            sync_interval: seconds between two syncs; None leaves syncing to the system.
            segment_bytes: see `SEGMENT_BYTES`.
            segment_seconds: see `SEGMENT_SECONDS`.
            open_segments: see `OPEN_SEGMENTS`.
            room: how much of its volume the book may take.
            disk: the disk to write to.
        """
        self._directory = directory
        self._elsewhere = dict(elsewhere or {})
        self._gap_line = gap_line
        self._capacity = capacity
        self._flush_interval = flush_interval
        self._habits = Habits(sync_interval, segment_bytes, segment_seconds, open_segments)
        self._room = room
        self.listener: Callable[[dict[str, Any]], None] | None = None
        """Hears of each record that is entered; it may neither wait, nor change it, nor raise."""
        self._disk = disk
        for folder in self._folders():
            _prepare(folder)
        self._reset()
        _writers.add(self)

    def _reset(self) -> None:
        """Start with nothing buffered and no thread: at first, and in a child after a fork."""
        self.buffer = Buffer(self._capacity, LONGEST_LINE)
        """What waits. Requests put their lines there themselves, which spares them a call, and see `call`."""
        self._starting = threading.Lock()
        self._closing = threading.Lock()
        self._scribe: Scribe | None = None

    def start_afresh(self) -> None:
        """Leave everything to the parent process, in a child after a fork."""
        if self._scribe is not None:
            self._scribe.pen.put_down()
        self._reset()

    def put(self, line: bytes, shelf: Shelf, *, anonymous: bool = False) -> bool:
        """Hand over one line, newline included. It is taken or counted as dropped; it never waits.

        An anonymous line goes to a segment of its own kind, where no other line tells when it came.
        """
        return self.take(line, Place(shelf, anonymous))

    def take(self, line: bytes, place: Place) -> bool:
        """Hand over one line for a place: as `put`."""
        taken = self.buffer.put(line, place)
        if self.buffer.calls():
            self.call()
        return taken

    def call(self) -> None:
        """Have the thread come that writes: whoever puts a line into the buffer does so when the buffer calls."""
        scribe = self._scribe
        if scribe is None or scribe.ended:
            self._start()
        elif not scribe.wake.is_set():
            scribe.wake.set()

    def lost(self, reason: str, shelf: Shelf) -> None:
        """Count a record that could not become a line."""
        self.buffer.lost(reason, shelf)
        self._start()

    def statistics(self) -> Statistics:
        """The counters, consistent with one another."""
        buffer = self.buffer
        with buffer.lock:
            state = "closed" if buffer.closed else "degraded" if buffer.trouble else "open"
            return Statistics(
                buffer.accepted,
                buffer.written.total(),
                buffer.lines,
                dict(buffer.dropped),
                buffer.bytes,
                dict(buffer.written),
                buffer.recovered,
                buffer.suspects,
                buffer.deleted,
                state,
                buffer.capacity,
                buffer.latency.told(),
            )

    def admit(self, directories: Mapping[str, Path]) -> None:
        """Keep the records of further entities in these folders, each of which is one of the book's already."""
        self._elsewhere = {**self._elsewhere, **directories}

    def directory_of(self, entity: str) -> Path:
        """The folder in which an entity's records lie."""
        return self._elsewhere.get(entity, self._directory)

    def open(self) -> None:
        """Mend what a crash left, and take lines: at start, and again after `close` in one process."""
        with self._closing:
            self.buffer.closed = False
        self._start()

    def close(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        """Write what waits, seal the segments, take no more lines; what is left after `timeout` seconds is counted."""
        with self._closing:
            with self.buffer.lock:
                self.buffer.closed = True
            if self.buffer.lines:
                self._start(closing=True)
            with self._starting:
                scribe, self._scribe = self._scribe, None
            if scribe is not None:
                scribe.finish(timeout)
            left = self.buffer.give_up(self.buffer.trouble or "shutdown_deadline")
            if left:
                _log.warning("the visitors' book was closed with %d records unwritten", left)

    def _folders(self) -> list[Path]:
        return list(dict.fromkeys([self._directory, *self._elsewhere.values()]))

    def _folder(self, shelf: Shelf) -> Path:
        return shelf.folder(self.directory_of(shelf.entity))

    def _start(self, *, closing: bool = False) -> None:
        """Start the thread, at the first line and so after any fork of a preloading server."""
        with self._starting:
            if (self.buffer.closed and not closing) or (self._scribe is not None and not self._scribe.ended):
                return
            pen = Pen(self._folder, self._habits, self._disk)
            scribe = Scribe(
                self.buffer, pen, self._folders(), self._gap_line, self._flush_interval, self._room, self._disk
            )
            self.buffer.attend(scribe)
            try:
                scribe.start()
            except RuntimeError:  # no more threads to be had: the line waits, and the next one tries again
                self.buffer.left(scribe)
                self.buffer.trouble = "io_error"
                return
            self._scribe = scribe


def _prepare(directory: Path) -> None:
    """Make the folder, and prove that files can be made there by us and not by everybody."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = directory.stat().st_mode
    except OSError as error:
        raise BookError(directory, f"the visitors' book cannot be kept here: {error.strerror}") from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise BookError(directory, "the visitors' book cannot be kept here: no permission to write")
    if mode & stat.S_IWOTH:
        raise BookError(directory, "the visitors' book cannot be kept here: everybody may write in this folder")


_writers: WeakSet[Writer] = WeakSet()


def _after_fork() -> None:
    """In the child: the parent's lines, locks, thread and segments are the parent's."""
    for writer in list(_writers):
        writer.start_afresh()


def _at_exit() -> None:
    for writer in list(_writers):
        writer.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
