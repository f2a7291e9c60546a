"""The buffer between requests and the disk: bounded in bytes, and every line of it accounted for."""

import threading
from collections import Counter
from typing import Final

from frontdesk.systemdata.gap import Gap, Gaps
from frontdesk.systemdata.latency import Latency
from frontdesk.systemdata.recover import Recovered
from frontdesk.systemdata.shelf import Place, Shelf

_PARTS: Final = 8  # when one of so many parts is full, what waits is written at once

Batch = dict[Place, list[bytes]]
"""Lines by the place that they go to, each in the order in which it came."""


class Buffer:
    """Lines that wait. At any quiet moment `accepted == written + waiting + sum(dropped)`. For any thread."""

    def __init__(self, capacity: int, longest: int) -> None:
        """Hold so many bytes at most, those that are being written included, in lines of at most `longest` bytes."""
        self.lock = threading.Lock()
        self._enter, self._leave = self.lock.acquire, self.lock.release
        self.capacity = capacity
        self._much = capacity // _PARTS
        self.longest = longest
        self.closed = False
        self.trouble: str | None = None
        """What keeps lines from being written, as a reason for dropping one."""
        self.owner: object = None
        """Who alone may write what waits: one that was given up, but is stuck in a write, gets nothing more."""
        self.attended = False
        """Whether somebody is there who writes what waits."""
        self.bytes = self.lines = 0
        self.accepted = 0
        self.written: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.recovered = Recovered()
        self.suspects = 0
        self.deleted = 0
        self.latency = Latency()
        self._gaps = Gaps()
        self._queue: Batch = {}
        self._batch: Batch = {}

    def put(self, line: bytes, place: Place) -> bool:
        """Take a line, or count it as dropped."""
        self._enter()  # `with` takes twice as long, and this is done in each request
        try:
            self.accepted += 1
            size = len(line)
            if size > self.longest or self.bytes + size > self.capacity or self.closed:
                self._drop(place.shelf, self._refusal(size))
                return False
            queued = self._queue.get(place)
            if queued is None:
                queued = self._queue[place] = []
            queued.append(line)
            self.bytes += size
            self.lines += 1
            return True
        finally:
            self._leave()

    def calls(self) -> bool:
        """Whether somebody is to come, or to be woken: asked for each line, so it looks at as little as can be.

        A disk that refuses is left alone for a while, however much waits.
        """
        return not self.attended or (self.bytes >= self._much and self.trouble is None)

    def attend(self, by: object) -> None:
        """Leave what waits to one who writes from now on, and nobody else."""
        with self.lock:
            self.owner = by
            self.attended = True

    def left(self, by: object) -> None:
        """Note that nobody writes any more, unless it was another's turn already."""
        with self.lock:
            if by is self.owner:
                self.attended = False

    def lost(self, reason: str, shelf: Shelf) -> None:
        """Count a record that could not become a line."""
        with self.lock:
            self.accepted += 1
            self._drop(shelf, reason)

    def take(self, by: object) -> Batch:
        """What is to be written now: what could not be written before, and what came since."""
        with self.lock:
            if by is not self.owner:
                return {}
            for place, lines in self._queue.items():
                self._batch.setdefault(place, []).extend(lines)
            self._queue = {}
            return self._batch

    def wrote(self, batch: Batch, place: Place, count: int) -> bool:
        """Count the first lines of a place as written. False where the batch was given up: nothing may be written."""
        with self.lock:
            if batch is not self._batch:
                return False
            lines = batch[place]
            self.bytes -= sum(map(len, lines[:count]))
            self.lines -= count
            self.written[place.shelf.retention_class] += count
            del lines[:count]
            if not lines:
                del batch[place]
            return True

    def give_up(self, reason: str) -> int:
        """Drop all that waits, and give how many lines that were; whoever still writes a batch has no say any more."""
        with self.lock:
            left = self.lines
            for batch in (self._batch, self._queue):
                for place, lines in batch.items():
                    self.dropped[reason] += len(lines)
                    self._gaps.note(place.shelf, reason, len(lines))
            self._batch, self._queue = {}, {}
            self.owner = None
            self.attended = False
            self.bytes = self.lines = 0
            return left

    def missing(self, shelf: Shelf, reason: str, count: int, since: float | None = None) -> None:
        """Note that records which were in the book, from a time on (since 1970), are so no more."""
        with self.lock:
            self._gaps.note(shelf, reason, count, since)

    def gaps(self, by: object, *, all_of_them: bool) -> list[Gap]:
        """The gaps that the book should tell of now."""
        with self.lock:
            if by is not self.owner:
                return []
            return [gap._replace(missing=dict(gap.missing)) for gap in self._gaps.due(all_of_them=all_of_them)]

    def told(self, gap: Gap) -> None:
        """Count a line that told of a gap: it is a record as any other."""
        with self.lock:
            self.accepted += 1
            self.written[gap.retention_class] += 1
            self._gaps.told(gap)

    def _drop(self, shelf: Shelf, reason: str) -> None:
        self.dropped[reason] += 1
        self._gaps.note(shelf, reason)

    def _refusal(self, size: int) -> str:
        if self.closed:
            return "closed"
        return "too_large" if size > self.longest else self.trouble or "queue_full"
