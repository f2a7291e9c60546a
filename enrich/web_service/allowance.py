"""The spending limit: how many look-ups a day may cost, for all workers that share a book."""

import fcntl
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

NAME = "web-service.spent"
"""The file in the book's folder. It holds a day and a count, and nothing else."""

_DAY = 86_400
_DIGITS = 10
_LENGTH = len(f"2026-11-24 {0:0{_DIGITS}}\n")
_LINE = re.compile(rb"(?P<day>\d{4}-\d\d-\d\d) (?P<count>\d{10})\n")


class Allowance:
    """Counts look-ups by the day (UTC) in one file, under a lock."""

    def __init__(self, directory: Path, limit: int, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._limit = limit
        self._clock = clock

    def take(self) -> bool:
        """Take one look-up from today's allowance; False where it is spent. Raises `OSError`.

        It is taken before the look-up is made and never given back: a crash may waste one, but not spend one twice.
        """
        today = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._directory / NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            spent = self._spent(os.pread(fd, _LENGTH + 1, 0), today)
            taken = spent < self._limit
            # One write of one length: whoever is killed here leaves the old line or the new one.
            os.pwrite(fd, f"{today} {spent + taken:0{_DIGITS}}\n".encode(), 0)
            os.ftruncate(fd, _LENGTH)
        finally:
            os.close(fd)
        return taken

    def _spent(self, line: bytes, today: str) -> int:
        """What was spent today. A line that cannot be read is no licence to spend: today's allowance is gone."""
        if not line:
            return 0
        match = _LINE.fullmatch(line)
        if match is None:
            return self._limit
        return int(match["count"]) if match["day"].decode() == today else 0


def next_day(now: float) -> float:
    """When the next day of UTC begins, both in seconds since 1970."""
    return now - now % _DAY + _DAY
