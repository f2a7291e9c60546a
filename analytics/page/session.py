"""Sessions: who logged in here, in memory only, until they go, idle too long, or for a day's work."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from frontdesk.analytics.page.access import Who

_MOST = 1000  # sessions at once; the one idle for longest gives way


@dataclass
class _Session:
    who: Who
    began: float
    seen: float


class Sessions:
    """Who is logged in. An id is random, given out once, and kept as its digest only."""

    def __init__(self, clock: Callable[[], float], *, idle: float, whole: float) -> None:
        """Take a clock in seconds, and after how many a session ends: since it was last used, and since it began."""
        self._clock = clock
        self._idle = idle
        self._whole = whole
        self._open: dict[bytes, _Session] = {}

    def begin(self, who: Who) -> str:
        """A new session, and its id. What the browser brought before is never taken over."""
        self._tidy()
        number = secrets.token_urlsafe(32)
        now = self._clock()
        self._open[_digest(number)] = _Session(who, now, now)
        return number

    def find(self, number: str) -> Who | None:
        """Who a session is of; this use keeps it from being idle."""
        key = _digest(number)
        session = self._open.get(key)
        if session is None:
            return None
        if self._is_over(session):
            del self._open[key]
            return None
        session.seen = self._clock()
        return session.who

    def end(self, number: str) -> None:
        """Log out."""
        self._open.pop(_digest(number), None)

    def __len__(self) -> int:
        return len(self._open)

    def _is_over(self, session: _Session) -> bool:
        now = self._clock()
        return now - session.seen >= self._idle or now - session.began >= self._whole

    def _tidy(self) -> None:
        for key in [key for key, session in self._open.items() if self._is_over(session)]:
            del self._open[key]
        while len(self._open) >= _MOST:
            del self._open[min(self._open, key=lambda key: self._open[key].seen)]


def _digest(number: str) -> bytes:
    return hashlib.blake2b(number.encode("utf-8", "surrogatepass")[:256], digest_size=32).digest()
