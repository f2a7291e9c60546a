"""The writer: a bounded buffer, one thread per process, segments of its own.

A request hands over a finished line and goes on; it never waits for the disk and never fails for it. Every line is
written, in the buffer, or counted as dropped with a reason: `accepted == written + buffered + dropped`.
"""

import atexit
import errno
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from weakref import WeakSet

from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.segment import Recovered, Segment, recover

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
_SYNC_INTERVAL = 1.0
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
        self._segments = 0
        self._warned = -_WARNING_INTERVAL
        self._reset()
        _writers.add(self)

    def _reset(self) -> None:
        """Start with nothing buffered and no thread: at first, and in a child after a fork."""
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._segment: Segment | None = None
        self._segment_started = self._synced = 0.0
        self._queue: list[bytes] = []
        self._queued_bytes = 0
        self._writing: list[bytes] = []
        self._writing_bytes = 0
        self._accepted = self._written = 0
        self._dropped: Counter[str] = Counter()
        self._trouble: str | None = None
        self._closed = False
        self._abandoned = False
        self._deadline: float | None = None

    def start_afresh(self) -> None:
        """Leave everything to the parent process, in a child after a fork."""
        if self._segment is not None:
            self._segment.abandon()
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
            if self._thread is None:
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
        with self._lock:
            self._closed = False

    def close(self, timeout: float = SHUTDOWN_TIMEOUT) -> None:
        """Write what waits, seal the segment, take no more lines; what is left after `timeout` seconds is counted."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
            self._deadline = time.monotonic() + timeout
        if thread is not None:
            self._wake.set()
            thread.join(timeout)
        with self._lock:
            left = len(self._queue) + len(self._writing)
            self._abandoned = left > 0
            if left:
                self._dropped["shutdown_deadline"] += left
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
        self._wake.clear()
        self._deadline = None
        self._abandoned = False
        self._thread = threading.Thread(target=self._run, name="frontdesk-writer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            self._wake.wait(_BACKOFF if self._trouble and not self._closed else self._flush_interval)
            self._wake.clear()
            closing = self._closed
            self._write_out()
            if closing and (self._is_drained() or time.monotonic() >= (self._deadline or 0.0)):
                self._seal()
                return
            if closing and self._trouble:
                time.sleep(0.05)

    def _is_drained(self) -> bool:
        with self._lock:
            return not self._queue and not self._writing

    def _write_out(self) -> None:
        """Write everything that waits, as far as the disk takes it."""
        with self._lock:
            if not self._writing:
                self._writing, self._queue = self._queue, []
                self._writing_bytes, self._queued_bytes = self._queued_bytes, 0
            batch = self._writing
        try:
            while batch:
                batch = self._account(batch, self._current().append(batch))
            self._keep_house()
            self._trouble = None
        except OSError as error:
            self._complain(error)

    def _account(self, batch: list[bytes], written: int) -> list[bytes]:
        """Count what was written; the lines that are left to write."""
        rest = batch[written:]
        with self._lock:
            if self._abandoned:
                return []
            self._written += written
            self._writing = rest
            self._writing_bytes = sum(map(len, rest))
        return rest

    def _current(self) -> Segment:
        """The open segment, a new one if there is none or its file was taken away."""
        if self._segment is not None and not self._segment.path.exists():
            self._segment.abandon()
            self._segment = None
        if self._segment is None:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._segments += 1
            self._segment = Segment(self._directory, self._segments)
            self._segment_started = self._synced = time.monotonic()
        return self._segment

    def _keep_house(self) -> None:
        """Sync once a second; seal a segment that is large or old enough."""
        segment, now = self._segment, time.monotonic()
        if segment is None:
            return
        if segment.size >= self._segment_bytes or now - self._segment_started >= self._segment_seconds:
            self._seal()
        elif now - self._synced >= _SYNC_INTERVAL:
            self._synced = now
            segment.sync()

    def _seal(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            try:
                segment.seal()
            except OSError as error:
                self._complain(error)

    def _complain(self, error: OSError) -> None:
        """Remember the trouble, and warn of it at most once a minute."""
        self._trouble = "disk_full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "io_error"
        now = time.monotonic()
        if now - self._warned >= _WARNING_INTERVAL:
            self._warned = now
            _log.warning("the visitors' book cannot be written to %s: %s", self._directory, error.strerror)


def _prepare(directory: Path) -> Recovered:
    """Make the folder, prove that files can be made there, and mend what a crash left."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise BookError(directory, "the visitors' book cannot be kept here: no permission to write")
    except OSError as error:
        raise BookError(
            directory, f"the visitors' book cannot be kept here: {error.strerror}; see [log] directory in the policy"
        ) from None
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
