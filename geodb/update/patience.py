"""How long to go on: attempts, the pauses between them, and when it is enough."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, TypeVar

from frontdesk.geodb.errors import FetchError

Answer = TypeVar("Answer")

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_MOST_ASKED = 300.0


class Trouble(Exception):  # noqa: N818 - it never leaves this package
    """An attempt came to nothing, and another one may help: after `pause` seconds, where the server asks for that."""

    def __init__(self, problem: str, pause: float | None = None) -> None:
        self.pause = pause
        super().__init__(problem)


class Patience(NamedTuple):
    """What is spent on one file.

    Attributes:
        attempts: how often it is tried.
        longest: the most seconds for all of it.
        sleep: pauses for seconds.
        clock: seconds that only go forward.
    """

    attempts: int = 5
    longest: float = 3600.0
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def until(self, what: str, attempt: Callable[[], Answer], tell: Callable[[str], object]) -> Answer:
        """What an attempt gives, tried again as long as there is trouble. Raises `FetchError` when it is enough."""
        for number in range(1, self.attempts + 1):
            try:
                return attempt()
            except Trouble as trouble:
                if number == self.attempts:
                    raise FetchError(what, f"{trouble}; given up after {number} attempts") from None
                pause = _pause(number) if trouble.pause is None else trouble.pause
                if pause > _MOST_ASKED:
                    raise FetchError(what, f"{trouble}, and asks to be left alone for {pause:,.0f} seconds") from None
                tell(f"{what}: {trouble}; again in {pause:.0f} s")
                self.sleep(pause)
        raise AssertionError("at least one attempt")


USUAL = Patience()
"""What is spent where nobody asks for anything else."""


def asked_pause(retry_after: str | None) -> float | None:
    """The seconds that a `Retry-After` asks for (RFC 9110, section 10.2.3); None where it asks for nothing we read."""
    if not retry_after:
        return None
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _pause(number: int) -> float:
    """Twice as long each time, and never the same for two machines that failed together."""
    doubled = _FIRST_PAUSE * 2.0 ** (number - 1)
    return min(_LONGEST_PAUSE, doubled) * (0.5 + random.random() / 2)  # noqa: S311 - no secret
