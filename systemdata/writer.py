"""The writer: a bounded buffer, one thread per process, segments of its own.

A request hands over a finished line and goes on; it never waits for the disk and never fails for it. Every line is
written, in the buffer, or counted as dropped with a reason: `accepted == written + buffered + dropped`.
"""

import atexit
import errno
import logging
import os
import stat
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from weakref import WeakSet

from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.pen import Pen
from frontdesk.systemdata.recover import Recovered, recover

_log = logging.getLogger("frontdesk")

CAPACITY = 8 << 20
"""Bytes that may wait for the disk, in each process."""
FLUSH_INTERVAL = 0.2
"""Seconds that a line may wait before it is written: what a crash of the process can cost."""
SEGMENT_BYTES = 64 << 20
SEGMENT_SECONDS = 3600.0
"""A segment is sealed when it is this large or this old."""
SHUTDOWN_TIMEOUT = 2.0
"""Seconds that closing may take, well inside any orchestrator's grace."""

_WAKE_BYTES = 256 << 10
_LONGEST_LINE = 64 << 10
_BACKOFF = 1.0  # nginx pauses a second when its disk is full
_WARNING_INTERVAL = 60.0


class Statistics(NamedTuple):
    """Where every line went. At any quiet moment `accepted == written + buffered + sum(dropped.values())`."""

    accepted: int  # lines handed over
    written: int  # lines in a segment
    buffered: int  # lines that wait, those being written included
    dropped: Mapping[str, int]  # lines lost, by reason
    buffered_bytes: int
    recovered: Recovered  # what an earlier crash left, mended at start
    state: str  # open, degraded (the disk refuses) or closed


class Writer:
    """The book's writer in one process. Safe to use from any thread; after a fork the child has a fresh one."""

    def __init__(
        self,
        directory: Path,
        *,
        capacity: int = CAPACITY,
        flush_interval: float = FLUSH_INTERVAL,
        segment_bytes: int = SEGMENT_BYTES,
        segment_seconds: float = SEGMENT_SECONDS,
    ) -> None:
        """Open the book in a folder, made if need be. Raises `BookError` where nothing can be written there."""
        self._directory = directory
        self._capacity = capacity
        self._flush_interval = flush_interval
        self._segment_bytes = segment_bytes
        self._segment_seconds = segment_seconds
        self._recovered = _prepare(directory)
        self._warned = -_WARNING_INTERVAL
        self._reset()
        _writers.add(self)

    def _reset(self) -> None:
        """Start with nothing buffered and no thread: at first, and in a child after a fork."""
        self._lock = threading.Lock()
        self._closing = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._turn = 0  # counts threads: one that was given up may still be stuck in a write, and has no say any more
        self._pen: Pen | None = None
        self._queue: list[bytes] = []
        self._queued_bytes = 0
        self._writing: list[bytes] = []
        self._writing_bytes = 0
        self._accepted = self._written = 0
        self._dropped: Counter[str] = Counter()
        self._trouble: str | None = None
        self._closed = False
        self._deadline = 0.0

    def start_afresh(self) -> None:
        """Leave everything to the parent process, in a child after a fork."""
        if self._pen is not None:
            self._pen.put_down()
        self._reset()

    def put(self, line: bytes) -> bool:
        """Hand over one line, newline included. It is taken or counted as dropped; it never waits."""
        with self._lock:
            self._accepted += 1
            reason = self._refusal(len(line))
            if reason is not None:
                self._dropped[reason] += 1
                return False
            self._queue.append(line)
            self._queued_bytes += len(line)
            if self._thread is None or not self._thread.is_alive():
                self._start()
            elif self._queued_bytes >= _WAKE_BYTES:
                self._wake.set()
        return True

    def lost(self, reason: str) -> None:
        """Count a record that could not become a line."""
        with self._lock:
            self._accepted += 1
            self._dropped[reason] += 1

    def statistics(self) -> Statistics:
        """The counters, consistent with one another."""
        with self._lock:
            state = "closed" if self._closed else "degraded" if self._trouble else "open"
            return Statistics(
                self._accepted,
                self._written,
                len(self._queue) + len(self._writing),
                dict(self._dropped),
                self._queued_bytes + self._writing_bytes,
                self._recovered,
                state,
            )

    def open(self) -> None:
        """Take lines again after `close`, as when an app is started a second time in one process."""
        with self._closing, self._lock:
            self._closed = False

    def close(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        """Write what waits, seal the segment, take no more lines; what is left after `timeout` seconds is counted."""
        with self._closing:
            with self._lock:
                self._closed = True
                thread = self._thread
                self._deadline = time.monotonic() + timeout
            if thread is not None:
                self._wake.set()
                thread.join(timeout)
            with self._lock:
                self._thread = None
                self._turn += 1
                left = len(self._queue) + len(self._writing)
                if left:
                    self._dropped[self._trouble or "shutdown_deadline"] += left
                    self._queue, self._writing = [], []
                    self._queued_bytes = self._writing_bytes = 0

    def _refusal(self, size: int) -> str | None:
        """Why a line of a size cannot be taken, or None."""
        if self._closed:
            return "closed"
        if size > _LONGEST_LINE:
            return "too_large"
        if self._queued_bytes + self._writing_bytes + size > self._capacity:
            return self._trouble or "queue_full"
        return None

    def _start(self) -> None:
        """Start the thread, at the first line and so after any fork of a preloading server."""
        self._turn += 1
        self._wake.clear()
        pen = Pen(self._directory, self._segment_bytes, self._segment_seconds)
        thread = threading.Thread(target=self._run, args=(self._turn, pen), name="frontdesk-writer", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads to be had: the line waits, and the next one tries again
            self._trouble = "io_error"
            return
        self._thread, self._pen = thread, pen

    def _run(self, turn: int, pen: Pen) -> None:
        while turn == self._turn:
            self._wake.wait(_BACKOFF if self._trouble and not self._closed else self._flush_interval)
            self._wake.clear()
            closing = self._closed
            try:
                self._write_out(turn, pen)
                if closing and self._is_drained():
                    pen.seal()
                    return
            except Exception as error:  # noqa: BLE001 - whatever it is, the next line is to be tried
                self._complain(error)
            if closing:
                if time.monotonic() >= self._deadline:
                    break
                time.sleep(0.05)
        pen.put_down()  # given up: the next start seals the segment

    def _is_drained(self) -> bool:
        with self._lock:
            return not self._queue and not self._writing

    def _write_out(self, turn: int, pen: Pen) -> None:
        """Write everything that waits, as far as the disk takes it."""
        with self._lock:
            if turn != self._turn:
                return
            if not self._writing:
                self._writing, self._queue = self._queue, []
                self._writing_bytes, self._queued_bytes = self._queued_bytes, 0
            batch = self._writing
        while batch:
            batch = self._account(turn, batch, pen.append(batch))
        pen.keep_house()
        self._trouble = None

    def _account(self, turn: int, batch: list[bytes], written: int) -> list[bytes]:
        """Count what was written; the lines that are left to write."""
        rest = batch[written:]
        with self._lock:
            if turn != self._turn:
                return []
            self._written += written
            self._writing = rest
            self._writing_bytes = sum(map(len, rest))
        return rest

    def _complain(self, error: Exception) -> None:
        """Remember the trouble, and warn of it at most once a minute."""
        code = error.errno if isinstance(error, OSError) else None
        self._trouble = "disk_full" if code in {errno.ENOSPC, errno.EDQUOT} else "io_error"
        now = time.monotonic()
        if now - self._warned >= _WARNING_INTERVAL:
            self._warned = now
            told = error.strerror if isinstance(error, OSError) else type(error).__name__
            with suppress(Exception):  # a log handler that fails is not to stop the book
                _log.warning("the visitors' book cannot be written to %s: %s", self._directory, told)


def _prepare(directory: Path) -> Recovered:
    """Make the folder, prove that files can be made there by us and not by everybody, and mend what a crash left."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = directory.stat().st_mode
    except OSError as error:
        raise BookError(directory, f"the visitors' book cannot be kept here: {error.strerror}") from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise BookError(directory, "the visitors' book cannot be kept here: no permission to write")
    if mode & stat.S_IWOTH:
        raise BookError(directory, "the visitors' book cannot be kept here: everybody may write in this folder")
    return recover(directory)


_writers: WeakSet[Writer] = WeakSet()


def _after_fork() -> None:
    """In the child: the parent's lines, lock, thread and segment are the parent's."""
    for writer in list(_writers):
        writer.start_afresh()


def _at_exit() -> None:
    for writer in list(_writers):
        writer.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
