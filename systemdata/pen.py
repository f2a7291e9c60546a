"""The pen: what one thread writes with. It begins segments, appends to them, syncs them, and seals them."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.seal import BLOCK, Breathe, hold_breath
from frontdesk.systemdata.segment import Segment
from frontdesk.systemdata.shelf import Place, Shelf

_CATCHING_UP = 0.2
"""Seconds that sealing may go on beyond one segment, before there is time for anything else."""
_TOO_MANY = 4
"""So many times what may be open waits to be sealed, and files are to be closed whatever it takes."""


class Habits(NamedTuple):
    """When a pen syncs and seals."""

    sync_interval: float | None  # seconds between two syncs of a segment; None leaves it to the system
    segment_bytes: int  # a segment is sealed when it is this large,
    segment_seconds: float  # when the clock passes a multiple of this,
    open_segments: int  # or when it is the one that was not written to for longest, and there are more than this


class Pen:
    """Writes lines into segments of its own. Every method may raise `OSError`."""

    def __init__(self, folder: Callable[[Shelf], Path], habits: Habits, disk: Disk) -> None:
        self._folder = folder
        self._habits = habits
        self._disk = disk
        self._open: dict[Place, Segment] = {}  # the one written to last comes last
        self._begun: dict[Place, float] = {}
        self._synced = time.monotonic()
        self._unsynced: set[Place] = set()
        self._full: deque[Segment] = deque()
        self.breathe: Breathe = hold_breath
        self.suspects = 0
        """Segments that the disk failed to sync."""

    def append(self, place: Place, lines: list[bytes]) -> int:
        """Write lines, and give how many are in the segment whole."""
        segment = self._current(place)
        try:
            return segment.append(lines)
        finally:
            self._unsynced.add(place)
            if segment.torn:
                self._set_aside(place)

    def keep_house(self) -> None:
        """Sync when it is time; seal one segment that is large or old enough, so that no line waits for long.

        Where they fill faster than that, as on a day that is over, those are sealed too that are more than may be open,
        as far as there is time.
        """
        for place in [place for place, segment in self._open.items() if self._is_full(place, segment)]:
            self._set_aside(place)
        self._sync()
        until, many = time.monotonic() + _CATCHING_UP, _TOO_MANY * self._habits.open_segments
        due = len(self._full) - self._habits.open_segments  # what joins meanwhile is for another time
        if self._full:
            self._seal_one()
        for _ in range(due - 1):
            if time.monotonic() >= until and len(self._full) <= many:
                break
            self._seal_one()

    def seal(self, deadline: float) -> None:
        """Seal every segment, as far as there is time (monotonic) for; what is left the next start seals."""
        for place in list(self._open):
            self._set_aside(place)
        while self._full and time.monotonic() < deadline:
            with suppress(OSError):  # an orphan now
                self._seal_one()
        self.put_down()

    def put_down(self) -> None:
        """Let go of every segment without sealing it: it is another process's, as after a fork."""
        for segment in [*self._open.values(), *self._full]:
            segment.abandon()
        self._open, self._begun = {}, {}
        self._full.clear()
        self._unsynced.clear()

    def _current(self, place: Place) -> Segment:
        """The open segment of a place, a new one if there is none or its file was taken away."""
        segment = self._open.pop(place, None)
        if segment is not None and not segment.is_in_place():
            segment.abandon()
            segment = None
        if segment is None:
            if len(self._open) >= self._habits.open_segments:
                self._set_aside(next(iter(self._open)))
            segment = Segment(self._folder(place.shelf), anonymous=place.anonymous, disk=self._disk)
            self._begun[place] = time.time()
        self._open[place] = segment
        return segment

    def _is_full(self, place: Place, segment: Segment) -> bool:
        """Whether a segment is large enough, or its hour by the clock, or its day, is over.

        By the clock, so that the time of sealing tells nothing of when the segment's first record came.
        """
        now, seconds = time.time(), self._habits.segment_seconds
        return (
            segment.size >= self._habits.segment_bytes
            or now // seconds != self._begun[place] // seconds
            or place.shelf.day < datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
        )

    def _set_aside(self, place: Place) -> None:
        """Write no more to a segment; it waits to be sealed."""
        self._full.append(self._open.pop(place))
        self._unsynced.discard(place)

    def _seal_one(self) -> None:
        segment = self._full[0]
        try:
            # To write in between, where it is soon done, would only begin more segments where there are too many.
            segment.seal(self.breathe if segment.size > BLOCK else hold_breath)
        finally:
            self._full.popleft()  # others may have joined meanwhile, behind it

    def _sync(self) -> None:
        interval, now = self._habits.sync_interval, time.monotonic()
        if interval is None or now - self._synced < interval:
            return
        self._synced = now
        while self._unsynced:
            place = self._unsynced.pop()
            segment = self._open.get(place)
            if segment is None:
                continue
            try:
                segment.sync()
            except OSError:
                # A second sync might pretend success: the system may have forgotten what it could not write.
                self.suspects += 1
                segment.mark_suspect()
                self._set_aside(place)
                raise
