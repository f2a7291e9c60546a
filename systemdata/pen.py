"""The pen: what one thread writes with. It begins segments, appends to them, syncs them, and seals them."""

import time
from pathlib import Path

from frontdesk.systemdata.segment import Segment

_SYNC_INTERVAL = 1.0


class Pen:
    """Writes lines into segments of its own. Every method may raise `OSError`."""

    def __init__(self, directory: Path, segment_bytes: int, segment_seconds: float) -> None:
        self._directory = directory
        self._segment_bytes = segment_bytes
        self._segment_seconds = segment_seconds
        self._segment: Segment | None = None
        self._begun = self._synced = 0.0

    def append(self, lines: list[bytes]) -> int:
        """Write lines, and give how many are in the segment whole."""
        return self._current().append(lines)

    def keep_house(self) -> None:
        """Sync once a second; seal a segment that is large or old enough."""
        segment, now = self._segment, time.monotonic()
        if segment is None:
            return
        if segment.size >= self._segment_bytes or now - self._begun >= self._segment_seconds:
            self.seal()
        elif now - self._synced >= _SYNC_INTERVAL:
            self._synced = now
            segment.sync()

    def seal(self) -> None:
        """Seal the segment, if there is one; the next line begins another."""
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.seal()

    def put_down(self) -> None:
        """Let go of the segment without sealing it: it is another process's, as after a fork."""
        if self._segment is not None:
            self._segment.abandon()
            self._segment = None

    def _current(self) -> Segment:
        """The open segment, a new one if there is none or its file was taken away."""
        if self._segment is not None and not self._segment.is_in_place():
            self.put_down()
        if self._segment is None:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._segment = Segment(self._directory)
            self._begun = self._synced = time.monotonic()
        return self._segment
